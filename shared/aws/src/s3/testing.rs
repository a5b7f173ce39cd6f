//! S3 for the tests of this folder: with keys that open nothing, at an address of the test's choice.

use std::sync::{Arc, Mutex};

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region, RequestChecksumCalculation},
};
use ports::suite::queue::SelfMovingClock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{S3, S3Location, S3Places, Sizes};

/// The blobs of one bucket; at AWS itself without an `endpoint`. Its clock stands at 1970.
pub(super) fn s3(endpoint: Option<&str>, bucket: &str) -> S3 {
    let mut config = aws_sdk_s3::config::Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
    if let Some(endpoint) = endpoint {
        config = config.endpoint_url(endpoint).force_path_style(true);
    }
    let client = Client::from_conf(config.build());
    let place = S3Location::parse(&format!("s3://{bucket}")).unwrap();
    S3 {
        presigner: client.clone(),
        client,
        places: S3Places::new(place, None, None),
        kms_key: None,
        clock: Arc::new(SelfMovingClock::default()),
        sizes: Sizes::default(),
    }
}

/// Gives each answer to one connection, and closes it. The address, and the heads of the requests in small letters.
pub(super) async fn answering<const N: usize>(
    answers: [&'static str; N],
) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heads = asked.clone();
    tokio::spawn(async move {
        for answer in answers {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 16 * 1024];
            let read = connection.read(&mut head).await.unwrap();
            let head = String::from_utf8_lossy(&head[..read]).to_lowercase();
            heads.lock().unwrap().push(head);
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (endpoint, asked)
}
