use std::sync::Mutex;

use futures::TryStreamExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;
use crate::s3::testing::s3;

#[test]
fn a_content_range_is_read() {
    assert_eq!(content_range("bytes 5-9/100"), Some((5, 100)));
    for wrong in ["bytes */100", "bytes 5-9/*", "5-9/100", ""] {
        assert_eq!(content_range(wrong), None, "{wrong}");
    }
}

/// Gives each answer to one connection, and closes it. The heads of the requests are kept.
async fn serve(answers: &'static [&'static str]) -> (String, Arc<Mutex<Vec<String>>>) {
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

const BROKEN: &str = "HTTP/1.1 200 OK\r\nETag: \"one\"\r\nContent-Length: 10\r\n\r\nhello";

#[tokio::test]
async fn a_blob_whose_bytes_stop_coming_is_asked_for_again_from_there() {
    let rest = "HTTP/1.1 206 Partial Content\r\nETag: \"one\"\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\nworld";
    let answers: &'static [&'static str] = Box::leak(Box::new([BROKEN, rest]));
    let (endpoint, asked) = serve(answers).await;
    let s3 = Arc::new(s3(Some(&endpoint), "pictures"));
    let key = BlobKey::parse("a/b").unwrap();
    let (_, reader) = s3.open(&key, None).await.unwrap().unwrap();
    let chunks: Vec<Bytes> = reader.chunks.try_collect().await.unwrap();
    assert_eq!(chunks.concat(), b"helloworld");
    let asked = asked.lock().unwrap();
    assert!(asked[1].contains("range: bytes=5-9\r\n"), "{}", asked[1]);
    assert!(
        asked[1].contains("if-match: \"one\"\r\n"),
        "the rest of another blob would do: {}",
        asked[1]
    );
}

#[tokio::test]
async fn a_blob_that_was_replaced_while_it_was_read_is_no_mixture() {
    let replaced = "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n";
    let answers: &'static [&'static str] = Box::leak(Box::new([BROKEN, replaced]));
    let (endpoint, _) = serve(answers).await;
    let s3 = Arc::new(s3(Some(&endpoint), "pictures"));
    let key = BlobKey::parse("a/b").unwrap();
    let (_, reader) = s3.open(&key, None).await.unwrap().unwrap();
    let read: Result<Vec<Bytes>, PortError> = reader.chunks.try_collect().await;
    let source = std::error::Error::source(&read.unwrap_err()).unwrap().to_string();
    assert!(source.contains("status 412"), "{source}");
}
