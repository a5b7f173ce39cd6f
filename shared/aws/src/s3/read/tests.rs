use futures::TryStreamExt;

use super::*;
use crate::s3::testing::{answering, s3};

#[test]
fn a_content_range_is_read() {
    assert_eq!(content_range("bytes 5-9/100"), Some((5, 100)));
    for wrong in ["bytes */100", "bytes 5-9/*", "5-9/100", ""] {
        assert_eq!(content_range(wrong), None, "{wrong}");
    }
}

const BROKEN: &str = "HTTP/1.1 200 OK\r\nETag: \"one\"\r\nContent-Length: 10\r\n\r\nhello";

#[tokio::test]
async fn a_blob_whose_bytes_stop_coming_is_asked_for_again_from_there() {
    let rest = "HTTP/1.1 206 Partial Content\r\nETag: \"one\"\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\nworld";
    let (endpoint, asked) = answering([BROKEN, rest]).await;
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
    let (endpoint, _) = answering([BROKEN, replaced]).await;
    let s3 = Arc::new(s3(Some(&endpoint), "pictures"));
    let key = BlobKey::parse("a/b").unwrap();
    let (_, reader) = s3.open(&key, None).await.unwrap().unwrap();
    let read: Result<Vec<Bytes>, PortError> = reader.chunks.try_collect().await;
    let source = std::error::Error::source(&read.unwrap_err()).unwrap().to_string();
    assert!(source.contains("status 412"), "{source}");
}

#[tokio::test]
async fn who_may_not_read_a_bucket_is_told_which() {
    let denied = "HTTP/1.1 403 Forbidden\r\nx-amz-request-id: R1\r\nContent-Length: 77\r\n\r\n\
        <Error><Code>AccessDenied</Code><Message>no policy allows it</Message></Error>";
    let (endpoint, _) = answering([denied]).await;
    let s3 = Arc::new(s3(Some(&endpoint), "pictures"));
    let error = s3
        .open(&BlobKey::parse("a/b").unwrap(), None)
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "s3:GetObject in bucket pictures: AccessDenied: no policy allows it (status 403, request R1)"
    );
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_not_shown() {
    let unreadable = "HTTP/1.1 200 OK\r\nLast-Modified: never, hunter2\r\nContent-Length: 7\r\n\r\nhunter2";
    let (endpoint, _) = answering([unreadable; 5]).await;
    let s3 = Arc::new(s3(Some(&endpoint), "pictures"));
    let error = s3
        .head(&BlobKey::parse("a/b").unwrap())
        .await
        .map(|_| ())
        .unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.starts_with("s3:GetObject in bucket pictures: "),
        "{source}"
    );
    assert!(!source.contains("hunter2"), "{source}");
}
