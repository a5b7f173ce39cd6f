//! The calls, one method an endpoint.

use std::fmt;

use api_types::{
    BeginUploadRequest, DescribeRequest, ImagePage, ImageResource, LibraryView, PresetList, PresetResource,
    Problem, PutPresetRequest, SESSION_COOKIE, SessionResource, SetupRequest, SignInRequest, SignRequest,
    SignedIn, SignedPaths, UploadList, UploadResource, UploadSummary,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use bytes::Bytes;
use domain::{ImageId, PresetName, UploadId, Visibility};
use http_body_util::BodyExt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, de::DeserializeOwned};
use tower::ServiceExt;
use tracing::{Instrument, debug_span};

use crate::{ClientError, Transport};

/// On whose behalf a call is made.
#[derive(Clone, Default)]
pub enum Credential {
    /// Nobody's.
    #[default]
    None,
    /// Of a person who is signed in: the token in their cookie.
    Session(String),
    /// Of a program: its key.
    Key(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "Credential::None",
            Self::Session(_) => "Credential::Session(…)",
            Self::Key(_) => "Credential::Key(…)",
        })
    }
}

/// A file on its way to the library.
#[derive(Debug)]
pub struct Upload {
    /// The name to keep.
    pub file_name: String,
    /// The bytes; a stream is not collected on the way.
    pub body: Body,
    /// The caller's name of this upload: repeated, it yields the image of the first time.
    pub idempotency_key: Option<String>,
}

/// A client of the api. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct ApiClient {
    transport: Transport,
    credential: Credential,
    request_id: Option<String>,
}

impl ApiClient {
    /// A client that calls as nobody.
    pub fn new(transport: Transport) -> Self {
        Self {
            transport,
            credential: Credential::None,
            request_id: None,
        }
    }

    /// The same client, calling on behalf of `credential`.
    #[must_use]
    pub fn with_credential(&self, credential: Credential) -> Self {
        Self {
            credential,
            ..self.clone()
        }
    }

    /// The same client, handing on the id of the request that it calls for.
    #[must_use]
    pub fn with_request_id(&self, request_id: Option<String>) -> Self {
        Self {
            request_id,
            ..self.clone()
        }
    }

    /// Who the credential belongs to, and whether the first administrator is still to be made.
    pub async fn session(&self) -> Result<SessionResource, ClientError> {
        self.call(Method::GET, "/api/v1/session".into(), Body::empty(), None)
            .await
    }

    /// Makes the first administrator and signs them in.
    pub async fn set_up(&self, request: &SetupRequest) -> Result<SignedIn, ClientError> {
        self.call_json(Method::POST, "/api/v1/setup".into(), request)
            .await
    }

    /// Signs somebody in.
    pub async fn sign_in(&self, request: &SignInRequest) -> Result<SignedIn, ClientError> {
        self.call_json(Method::POST, "/api/v1/session".into(), request)
            .await
    }

    /// Ends the session of the credential.
    pub async fn sign_out(&self) -> Result<(), ClientError> {
        self.call_empty(Method::DELETE, "/api/v1/session".into()).await
    }

    /// Uploads one file; who may see it is as the api is configured.
    pub async fn upload(&self, upload: Upload) -> Result<ImageResource, ClientError> {
        self.upload_with(upload, None).await
    }

    /// Uploads one file that is public or private from its first moment.
    pub async fn upload_as(
        &self,
        upload: Upload,
        visibility: Visibility,
    ) -> Result<ImageResource, ClientError> {
        self.upload_with(upload, Some(visibility)).await
    }

    async fn upload_with(
        &self,
        upload: Upload,
        visibility: Option<Visibility>,
    ) -> Result<ImageResource, ClientError> {
        let name = utf8_percent_encode(&upload.file_name, NON_ALPHANUMERIC);
        let mut path = format!("/api/v1/images?filename={name}");
        if let Some(visibility) = visibility {
            path.push_str(&format!("&visibility={visibility}"));
        }
        let mut request = self.request(Method::POST, path, upload.body, Some("application/octet-stream"))?;
        add_idempotency_key(&mut request, upload.idempotency_key.as_deref())?;
        read_json(&self.send(request).await?)
    }

    /// A page of the library, newest first.
    pub async fn images(
        &self,
        view: LibraryView,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<ImagePage, ClientError> {
        let view = match view {
            LibraryView::Library => "library",
            LibraryView::Trash => "trash",
        };
        let mut path = format!("/api/v1/images?view={view}&limit={limit}");
        if let Some(cursor) = cursor {
            path.push_str("&cursor=");
            path.extend(utf8_percent_encode(cursor, NON_ALPHANUMERIC));
        }
        self.call(Method::GET, path, Body::empty(), None).await
    }

    /// One image; none where there is no such image.
    pub async fn image(&self, id: ImageId) -> Result<Option<ImageResource>, ClientError> {
        match self
            .call(Method::GET, format!("/api/v1/images/{id}"), Body::empty(), None)
            .await
        {
            Ok(image) => Ok(Some(image)),
            Err(error) if error.code() == Some("image-not-found") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Changes title, alternative text, and who may see the image.
    pub async fn describe(
        &self,
        id: ImageId,
        request: &DescribeRequest,
    ) -> Result<ImageResource, ClientError> {
        self.call_json(Method::PATCH, format!("/api/v1/images/{id}"), request)
            .await
    }

    /// Puts an image in the trash.
    pub async fn trash(&self, id: ImageId) -> Result<(), ClientError> {
        self.call_empty(Method::DELETE, format!("/api/v1/images/{id}"))
            .await
    }

    /// Takes an image out of the trash.
    pub async fn restore(&self, id: ImageId) -> Result<ImageResource, ClientError> {
        self.call(
            Method::POST,
            format!("/api/v1/images/{id}/restore"),
            Body::empty(),
            None,
        )
        .await
    }

    /// Has a failed image tried again.
    pub async fn retry(&self, id: ImageId) -> Result<ImageResource, ClientError> {
        self.call(
            Method::POST,
            format!("/api/v1/images/{id}/retry"),
            Body::empty(),
            None,
        )
        .await
    }

    /// Deletes an image of the trash for good.
    pub async fn delete_permanently(&self, id: ImageId) -> Result<(), ClientError> {
        self.call_empty(Method::DELETE, format!("/api/v1/images/{id}?permanently=true"))
            .await
    }

    /// Signs paths of delivery.
    pub async fn sign(&self, request: &SignRequest) -> Result<SignedPaths, ClientError> {
        self.call_json(Method::POST, "/api/v1/sign".into(), request).await
    }

    /// Every preset, in the order of their names.
    pub async fn presets(&self) -> Result<Vec<PresetResource>, ClientError> {
        let list: PresetList = self
            .call(Method::GET, "/api/v1/presets".into(), Body::empty(), None)
            .await?;
        Ok(list.presets)
    }

    /// One preset; none where there is no such preset.
    pub async fn preset(&self, name: &PresetName) -> Result<Option<PresetResource>, ClientError> {
        match self
            .call(
                Method::GET,
                format!("/api/v1/presets/{name}"),
                Body::empty(),
                None,
            )
            .await
        {
            Ok(preset) => Ok(Some(preset)),
            Err(error) if error.code() == Some("preset-not-found") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores a preset.
    pub async fn put_preset(
        &self,
        name: &PresetName,
        request: &PutPresetRequest,
    ) -> Result<PresetResource, ClientError> {
        self.call_json(Method::PUT, format!("/api/v1/presets/{name}"), request)
            .await
    }

    /// Removes a preset.
    pub async fn remove_preset(&self, name: &PresetName) -> Result<(), ClientError> {
        self.call_empty(Method::DELETE, format!("/api/v1/presets/{name}"))
            .await
    }

    /// Begins a direct upload; under an idempotency key that was used before, it is the upload of the first time.
    pub async fn begin_upload(
        &self,
        request: &BeginUploadRequest,
        idempotency_key: Option<&str>,
    ) -> Result<UploadResource, ClientError> {
        let body = serde_json::to_vec(request).map_err(|error| ClientError::Unreadable(error.to_string()))?;
        let path = "/api/v1/uploads".into();
        let mut request = self.request(Method::POST, path, body.into(), Some("application/json"))?;
        add_idempotency_key(&mut request, idempotency_key)?;
        read_json(&self.send(request).await?)
    }

    /// One direct upload, with fresh URLs for the parts that are missing; none where there is no such upload.
    pub async fn direct_upload(&self, id: UploadId) -> Result<Option<UploadResource>, ClientError> {
        match self
            .call(Method::GET, format!("/api/v1/uploads/{id}"), Body::empty(), None)
            .await
        {
            Ok(upload) => Ok(Some(upload)),
            Err(error) if error.code() == Some("upload-not-found") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The caller's direct uploads that are open or being checked, newest first.
    pub async fn open_uploads(&self) -> Result<Vec<UploadSummary>, ClientError> {
        let list: UploadList = self
            .call(Method::GET, "/api/v1/uploads".into(), Body::empty(), None)
            .await?;
        Ok(list.uploads)
    }

    /// Says that all parts of a direct upload are there.
    pub async fn complete_upload(&self, id: UploadId) -> Result<UploadResource, ClientError> {
        self.call(
            Method::POST,
            format!("/api/v1/uploads/{id}/complete"),
            Body::empty(),
            None,
        )
        .await
    }

    /// Gives a direct upload up, and has its parts removed.
    pub async fn cancel_upload(&self, id: UploadId) -> Result<(), ClientError> {
        self.call_empty(Method::DELETE, format!("/api/v1/uploads/{id}"))
            .await
    }

    /// Sends the bytes of a part to a URL of the api's own: one that begins with a slash.
    pub async fn put_part(&self, url: &str, bytes: Bytes) -> Result<(), ClientError> {
        let size_bytes = bytes.len();
        // The URL is the credential.
        let nobody = self.with_credential(Credential::None);
        let mut request = nobody.request(Method::PUT, url.to_owned(), bytes.into(), None)?;
        request
            .headers_mut()
            .insert(header::CONTENT_LENGTH, size_bytes.into());
        nobody.send(request).await.map(drop)
    }

    pub(crate) async fn call_json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(|error| ClientError::Unreadable(error.to_string()))?;
        self.call(method, path, Body::from(body), Some("application/json"))
            .await
    }

    pub(crate) async fn call_empty(&self, method: Method, path: String) -> Result<(), ClientError> {
        let request = self.request(method, path, Body::empty(), None)?;
        self.send(request).await.map(drop)
    }

    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        body: Body,
        content_type: Option<&str>,
    ) -> Result<T, ClientError> {
        let request = self.request(method, path, body, content_type)?;
        read_json(&self.send(request).await?)
    }

    fn request(
        &self,
        method: Method,
        path: String,
        body: Body,
        content_type: Option<&str>,
    ) -> Result<Request<Body>, ClientError> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        if let Some(id) = &self.request_id {
            request = request.header("x-request-id", id);
        }
        request = match &self.credential {
            Credential::None => request,
            Credential::Session(token) => request.header(header::COOKIE, format!("{SESSION_COOKIE}={token}")),
            Credential::Key(key) => request.header(header::AUTHORIZATION, format!("Bearer {key}")),
        };
        request
            .body(body)
            .map_err(|error| ClientError::Unreadable(error.to_string()))
    }

    async fn send(&self, request: Request<Body>) -> Result<Bytes, ClientError> {
        if !telemetry::is_recording() {
            return self.exchange(request).await;
        }
        let method = request.method();
        let step = debug_span!("api.call", otel.kind = "client", otel.name = %format_args!("api {method}"));
        self.exchange(request).instrument(step).await
    }

    async fn exchange(&self, mut request: Request<Body>) -> Result<Bytes, ClientError> {
        telemetry::inject(request.headers_mut());
        let response = self
            .transport
            .clone()
            .oneshot(request)
            .await
            .map_err(ClientError::Unreachable)?;
        let status = response.status();
        telemetry::answered(status.as_u16());
        let body = response.into_body().collect().await;
        let body = body
            .map_err(|error| ClientError::Unreachable(error.into()))?
            .to_bytes();
        if status.is_success() {
            Ok(body)
        } else {
            Err(read_problem(status, &body))
        }
    }
}

fn add_idempotency_key(request: &mut Request<Body>, key: Option<&str>) -> Result<(), ClientError> {
    if let Some(key) = key {
        let key = key
            .parse()
            .map_err(|_| ClientError::Unreadable("the idempotency key is no header value".into()))?;
        request.headers_mut().insert("idempotency-key", key);
    }
    Ok(())
}

fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ClientError> {
    serde_json::from_slice(body).map_err(|error| ClientError::Unreadable(error.to_string()))
}

fn read_problem(status: StatusCode, body: &[u8]) -> ClientError {
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => ClientError::Problem(Box::new(problem)),
        Err(_) => ClientError::Unreadable(format!("status {status} without a problem document")),
    }
}
