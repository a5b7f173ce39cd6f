//! `POST /presets`: a new preset, or a change to one.

use api_client::ClientError;
use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::PresetName;

use super::presets::{is_about_the_form, render};
use crate::{caller::Caller, error::PageError, extract::PageForm, page::see_other, preset_form::PresetInput};

/// Saves what was typed, or shows it again with what is wrong.
pub(crate) async fn save(
    caller: Caller,
    headers: HeaderMap,
    PageForm(input): PageForm<PresetInput>,
) -> Result<Response, PageError> {
    let name: Result<PresetName, _> = input.name.trim().parse();
    let checked = name
        .map_err(|error| format!("The name {error}."))
        .and_then(|name| Ok((name, input.request()?)));
    let (status, error) = match checked {
        Err(words) => (StatusCode::UNPROCESSABLE_ENTITY, words),
        Ok((name, request)) => match caller.api.put_preset(&name, &request).await {
            Ok(_) => return Ok(see_other("/presets?notice=saved")),
            Err(ClientError::Problem(problem))
                if is_about_the_form(&ClientError::Problem(problem.clone())) =>
            {
                let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
                (status, input.words(&problem))
            }
            Err(error) => return Err(error.into()),
        },
    };
    render(status, &caller, &headers, input, Some(error), None).await
}
