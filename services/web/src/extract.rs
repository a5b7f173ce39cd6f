//! Extractors whose refusals are pages.

use axum::{
    Form,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderValue, header, request::Parts},
};
use domain::ImageId;
use serde::de::DeserializeOwned;

use crate::error::PageError;

/// The image that the path names. A text that is no id names none: 404.
pub(crate) struct ImagePath(pub ImageId);

impl<S: Send + Sync> FromRequestParts<S> for ImagePath {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| PageError::NotFound)?;
        id.parse().map(Self).map_err(|_| PageError::NotFound)
    }
}

/// The query of the address.
pub(crate) struct PageQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for PageQuery<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(refusal) => Err(PageError::BadRequest(refusal.body_text())),
        }
    }
}

/// A form that was sent.
pub(crate) struct PageForm<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for PageForm<T> {
    type Rejection = PageError;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, PageError> {
        // A form without a field may come without a body, and then without a type.
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().entry(header::CONTENT_TYPE).or_insert(form);
        match Form::from_request(request, state).await {
            Ok(Form(form)) => Ok(Self(form)),
            Err(refusal) => Err(PageError::BadRequest(refusal.body_text())),
        }
    }
}
