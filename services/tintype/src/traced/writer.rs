//! What is written in chunks.

use async_trait::async_trait;
use bytes::Bytes;
use ports::{BlobWriter, PortError};

use super::{step, within};

/// A writer whose end is a step of a trace: what comes before waits for whoever sends the bytes.
pub(super) struct TracedWriter(pub(super) Box<dyn BlobWriter>);

#[async_trait]
impl BlobWriter for TracedWriter {
    async fn write(&mut self, chunk: Bytes) -> Result<(), PortError> {
        self.0.write(chunk).await
    }

    async fn finish(self: Box<Self>) -> Result<(), PortError> {
        within(step!("blobs.finish", "client"), self.0.finish()).await
    }
}
