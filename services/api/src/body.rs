//! Bodies of files: streamed, and read to their end where they are refused.

use std::{pin::Pin, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use tokio::time::timeout;

use crate::error::ApiError;

/// How long what is left of a refused body is read and thrown away. A browser that is answered while it still sends
/// reports a broken connection instead of the answer.
const DRAIN_TIME: Duration = Duration::from_secs(20);

/// A file as it comes.
pub(crate) type Chunks<'a> = Pin<Box<dyn Stream<Item = Result<Bytes, ApiError>> + Send + 'a>>;

/// The body of a request that is a file.
pub(crate) fn chunks(body: Body) -> Chunks<'static> {
    Box::pin(body.into_data_stream().map_err(|_| broke_off()))
}

/// The length that the request's headers announce.
pub(crate) fn announced_len(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads what is left of a refused file, `max_bytes` at most.
pub(crate) async fn drain(chunks: &mut Chunks<'_>, max_bytes: u64) {
    let mut left = max_bytes;
    let read = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            left = left.saturating_sub(chunk.len() as u64);
            if left == 0 {
                break;
            }
        }
    };
    // In either case the answer goes out now.
    let _ = timeout(DRAIN_TIME, read).await;
}

/// The other side left before the end.
pub(crate) fn broke_off() -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "upload-incomplete",
        "The upload broke off before its end. Send it again.",
    )
}
