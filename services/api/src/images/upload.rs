//! `POST /api/v1/images`: takes a file in, as a raw body or as the one file of a form.
//!
//! The bytes go to the blob store as they come, while they are hashed and their structure is followed: a file of a
//! wrong type, or with too many pixels, is refused at its first bytes, a truncated one at its last; memory does not grow
//! with the file.

use api_types::ImageResource;
use axum::{
    Json,
    extract::{FromRequest, Multipart, Request, State, multipart::Field},
    http::{HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use bytes::Bytes;
use domain::{BlobKey, EventKind, FileName, ImageId, Job, NewImage, Original, Scope, UploadId, Visibility};
use futures::{Stream, StreamExt, TryStreamExt};
use http_kit::{HttpProblem, QueryParameters};
use imaging::Inspector;
use ports::{event_message, job_message, random_bytes};
use serde::Deserialize;

use super::parse_visibility;
use crate::{
    Api,
    body::{self, Chunks, announced_len, broke_off},
    caller::Caller,
    error::ApiError,
    idempotency::idempotency_key,
    resources,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UploadQuery {
    filename: Option<String>,
    /// Who may see it, from its first moment; without it as `api.default_visibility` says.
    visibility: Option<String>,
}

pub(crate) async fn upload(
    State(api): State<Api>,
    caller: Caller,
    QueryParameters(query): QueryParameters<UploadQuery>,
    request: Request,
) -> Result<impl IntoResponse, ApiError> {
    caller.require(Scope::Write)?;
    let upload = Upload {
        idempotency_key: idempotency_key(request.headers())?,
        visibility: query.visibility,
        caller,
        api,
    };
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let image = if content_type.is_some_and(|content_type| content_type.starts_with("multipart/form-data")) {
        upload.form(query.filename, request).await?
    } else {
        upload.raw_body(query.filename, request).await?
    };
    let location = HeaderValue::try_from(format!("/api/v1/images/{}", image.summary.id))
        .expect("an id is a header value");
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(image)))
}

/// What all the ways of uploading share.
struct Upload {
    api: Api,
    caller: Caller,
    idempotency_key: Option<String>,
    visibility: Option<String>,
}

/// What is known of a file before its first byte.
struct Announced {
    file_name: FileName,
    visibility: Visibility,
}

impl Upload {
    async fn raw_body(&self, file_name: Option<String>, request: Request) -> Result<ImageResource, ApiError> {
        let announced = announced_len(request.headers());
        let mut chunks = body::chunks(request.into_body());
        let taken = match self
            .check(file_name.as_deref())
            .and_then(|file| self.check_size(announced).map(|()| file))
        {
            Ok(file) => self.take(file, &mut chunks).await,
            Err(refused) => Err(refused),
        };
        if taken.is_err() {
            body::drain(&mut chunks, self.api.settings.max_upload_bytes).await;
        }
        taken
    }

    async fn form(&self, file_name: Option<String>, request: Request) -> Result<ImageResource, ApiError> {
        let unreadable = |error: &dyn std::fmt::Display| {
            ApiError::new(
                StatusCode::BAD_REQUEST,
                "invalid-form",
                format!("The form cannot be read: {error}."),
            )
        };
        let mut form = Multipart::from_request(request, &())
            .await
            .map_err(|error| unreadable(&error.body_text()))?;
        while let Some(field) = form
            .next_field()
            .await
            .map_err(|error| unreadable(&error.body_text()))?
        {
            let Some(name) = field.file_name().map(str::to_owned) else {
                continue;
            };
            let file = self.check(Some(file_name.as_deref().unwrap_or(&name)));
            let mut chunks: Chunks<'_> = Box::pin(field_chunks(field));
            let taken = match file {
                Ok(file) => self.take(file, &mut chunks).await,
                Err(refused) => Err(refused),
            };
            if taken.is_err() {
                body::drain(&mut chunks, self.api.settings.max_upload_bytes).await;
            }
            return taken;
        }
        Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "no-file",
            "The form has no file. Send one file as a part with a filename, or its bytes as the body.",
        ))
    }

    fn check(&self, file_name: Option<&str>) -> Result<Announced, ApiError> {
        let file_name = check_name(file_name)?;
        let visibility = match &self.visibility {
            Some(name) => parse_visibility(name).map_err(|detail| {
                let detail = format!("The parameter visibility {detail}.");
                ApiError::new(StatusCode::BAD_REQUEST, "invalid-visibility", detail)
            })?,
            None => self.api.settings.default_visibility,
        };
        Ok(Announced {
            file_name,
            visibility,
        })
    }

    /// Streams the file to the blob store, and accepts it.
    async fn take(&self, file: Announced, chunks: &mut Chunks<'_>) -> Result<ImageResource, ApiError> {
        let Api {
            catalog,
            blobs,
            clock,
            entropy,
            settings,
            ..
        } = &self.api;
        let blob_key = BlobKey::original(UploadId::new(clock.now(), random_bytes(&**entropy)));
        let mut writer = blobs.create(&blob_key).await?;
        let mut inspector = Inspector::new(settings.limits);
        let mut size_bytes = 0;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            size_bytes += chunk.len() as u64;
            self.check_size(Some(size_bytes))?;
            inspector.push(&chunk)?;
            writer.write(chunk).await?;
        }
        let inspected = inspector.finish(settings.accepts_damage)?;
        writer.finish().await?;

        let created_at = clock.now();
        let id = ImageId::new(created_at, random_bytes(&**entropy));
        let new = NewImage {
            id,
            owner: self.caller.owner,
            file_name: file.file_name,
            visibility: file.visibility,
            original: Original {
                blob_key: blob_key.clone(),
                sha256: inspected.sha256,
                size_bytes: inspected.size_bytes,
                format: inspected.header.format,
            },
            idempotency_key: self.idempotency_key.clone(),
            created_at,
        };
        let messages = [
            event_message(&**clock, &**entropy, EventKind::Accepted, id),
            job_message(&**clock, &**entropy, Job::Ingest { image_id: id }),
        ];
        let accepted = catalog.accept(&new, &messages).await?;
        if accepted.image.original.blob_key != blob_key {
            // The blob is nobody's; what cannot be removed now, the sweep removes later.
            if let Err(error) = blobs.delete(&blob_key).await {
                tracing::warn!(error.message = %error, "a blob that is not needed could not be removed");
            }
        }
        tracing::info!(image.id = %accepted.image.id, image.size_bytes = size_bytes, "upload accepted");
        Ok(resources::image(&accepted.image))
    }

    fn check_size(&self, size_bytes: Option<u64>) -> Result<(), ApiError> {
        let max_bytes = self.api.settings.max_upload_bytes;
        if size_bytes.is_none_or(|size_bytes| size_bytes <= max_bytes) {
            return Ok(());
        }
        Err(ApiError::file_too_large(max_bytes))
    }
}

fn check_name(file_name: Option<&str>) -> Result<FileName, ApiError> {
    let file_name = file_name.ok_or_else(|| {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "no-filename",
            "Name the file: POST /api/v1/images?filename=photo.jpg.",
        )
    })?;
    file_name.parse().map_err(|error| {
        let detail = format!("The file's name {error}.");
        HttpProblem::new(StatusCode::BAD_REQUEST, "invalid-filename", detail).into()
    })
}

fn field_chunks(field: Field<'_>) -> impl Stream<Item = Result<Bytes, ApiError>> + Send + '_ {
    field.map_err(|_| broke_off())
}
