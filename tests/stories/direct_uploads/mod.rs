//! Files that go to the store in parts: gone on with, checked before there is an image, swept where they are abandoned.

mod client;
mod ending;
mod kills;
mod promises;
mod shapes;

use api_client::{ApiClient, ClientError};
use api_types::{BeginUploadRequest, UploadPart, UploadResource};
use domain::{BlobKey, DirectUploadState, UploadId};
use sha2::{Digest, Sha256};
use testkit::{TestApp, pictures};

/// The parts of these stories: small, so that small pictures have several.
const PART_BYTES: usize = 1024 * 1024;

/// The single shape with small parts.
async fn app() -> TestApp {
    TestApp::with_environment(&[("TINTYPE_API_PART_SIZE_MIB", "1")]).await
}

/// A photograph of three parts.
fn photograph() -> Vec<u8> {
    let file = pictures::photograph(7, 4000, 3000, 1);
    assert_eq!(file.len().div_ceil(PART_BYTES), 3, "it has {} bytes", file.len());
    file
}

/// As it is promised.
fn sha256(file: &[u8]) -> String {
    Sha256::digest(file)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn promise(file: &[u8]) -> BeginUploadRequest {
    BeginUploadRequest {
        file_name: "Kühe.jpg".into(),
        size_bytes: file.len() as u64,
        ..BeginUploadRequest::default()
    }
}

/// The bytes of `file` that the part is.
fn bytes_of(file: &[u8], part: &UploadPart) -> Vec<u8> {
    let first = (part.number as usize - 1) * PART_BYTES;
    file[first..first + part.size_bytes as usize].to_vec()
}

/// Sends the parts that are missing.
async fn send_parts(client: &ApiClient, upload: &UploadResource, file: &[u8]) {
    for part in upload.parts.iter().filter(|part| !part.stored) {
        let url = part.url.as_deref().unwrap();
        client.put_part(url, bytes_of(file, part).into()).await.unwrap();
    }
}

/// Sends a whole file, and says that it is there.
async fn send(client: &ApiClient, request: &BeginUploadRequest, file: &[u8]) -> UploadId {
    let upload = client.begin_upload(request, None).await.unwrap();
    send_parts(client, &upload, file).await;
    let staged = client.complete_upload(upload.summary.id).await.unwrap();
    assert_eq!(staged.summary.state, DirectUploadState::Staged);
    staged.summary.id
}

async fn keys(app: &TestApp, prefix: &str) -> Vec<BlobKey> {
    let blobs = app.adapters.blobs.list(prefix, None, 100).await.unwrap();
    blobs.into_iter().map(|blob| blob.key).collect()
}

/// Asserts that nothing is left of uploads, and that there are so many originals.
async fn assert_left(app: &TestApp, originals: usize) {
    assert_eq!(keys(app, BlobKey::UPLOADS).await, []);
    assert_eq!(app.adapters.direct_uploads.begun(None, 10).await.unwrap(), []);
    assert_eq!(keys(app, BlobKey::ORIGINALS).await.len(), originals);
}

/// The code of the problem that a call was answered with.
fn code<T>(result: Result<T, ClientError>) -> String {
    let error = result.err().expect("it was to be refused");
    error.code().unwrap_or_else(|| panic!("{error}")).to_owned()
}
