//! `DELETE /api/v1/presets/{name}`.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use domain::Scope;

use super::{known_name, not_found, store::remove_preset};
use crate::{Api, caller::Caller, error::ApiError};

pub(crate) async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    caller.require(Scope::Admin)?;
    let name = known_name(&name)?;
    if remove_preset(&*api.catalog, &*api.clock, &*api.entropy, &name).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(not_found(&name))
    }
}
