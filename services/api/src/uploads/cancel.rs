//! `DELETE /api/v1/uploads/{id}`: gives an upload up, or forgets one that has ended. An image that came of it stays.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use domain::{DirectUploadState, Scope};

use super::{forget, load};
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    caller.require(Scope::Write)?;
    let upload = load(&api, &caller, &id).await?;
    if upload.state == DirectUploadState::Staged {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "upload-staged",
            "All parts are there and being checked. Delete the image that comes of it.",
        ));
    }
    forget(&api, &upload).await?;
    Ok(StatusCode::NO_CONTENT)
}
