//! S3 for the tests of this folder: with keys that open nothing, at an address of the test's choice.

use std::sync::Arc;

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region, RequestChecksumCalculation},
};
use ports::suite::queue::SelfMovingClock;

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
