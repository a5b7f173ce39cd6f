//! `POST /presets/{name}/delete`. The page asks before it shows the button.

use api_client::ClientError;
use axum::http::StatusCode;
use axum::{extract::Path, http::HeaderMap, response::Response};
use domain::PresetName;

use super::presets::{is_about_the_form, render};
use crate::{caller::Caller, error::PageError, page::see_other, preset_form::PresetInput};

/// Deletes the preset, or says why not.
pub(crate) async fn delete(
    caller: Caller,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    let name: PresetName = name.parse().map_err(|_| PageError::NotFound)?;
    match caller.api.remove_preset(&name).await {
        Ok(()) => Ok(see_other("/presets?notice=deleted")),
        Err(ClientError::Problem(problem)) if problem.code == "preset-not-found" => {
            Ok(see_other("/presets?notice=deleted"))
        }
        Err(error) if is_about_the_form(&error) => {
            let status = error
                .status()
                .and_then(|status| StatusCode::from_u16(status).ok());
            let words = match &error {
                ClientError::Problem(problem) => problem.detail.clone(),
                other => other.to_string(),
            };
            let form = PresetInput::new("options");
            render(
                status.unwrap_or(StatusCode::CONFLICT),
                &caller,
                &headers,
                form,
                Some(words),
                None,
            )
            .await
        }
        Err(error) => Err(error.into()),
    }
}
