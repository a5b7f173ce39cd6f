//! `POST /api/v1/sign`: signs paths of delivery. It signs what is asked for, whether there is such an image or not.

use api_types::{SignRequest, SignedPaths};
use axum::{Json, extract::State};
use domain::Scope;
use http_kit::{HttpProblem, JsonBody};
use jiff::{SignedDuration, Timestamp};

use crate::{Api, caller::Caller, error::ApiError};

/// A page of tiles of private images, each in a few sizes, is signed at once.
const MAX_PATHS: usize = 300;

/// Ten years, for the lifetime of a URL and for what its end is rounded to. What is to last longer has no end.
const MAX_SECONDS: u32 = 10 * 366 * 24 * 60 * 60;

pub(crate) async fn sign(
    State(api): State<Api>,
    caller: Caller,
    JsonBody(request): JsonBody<SignRequest>,
) -> Result<Json<SignedPaths>, ApiError> {
    caller.require(Scope::Read)?;
    let expires_at = end(&request, api.clock.now())?;
    let signed = |pointer: &str, path: &str| {
        let keys = &api.settings.signing_keys;
        let signed = match expires_at {
            Some(end) => keys.sign_until(path, end),
            None => keys.sign(path),
        };
        signed.map_err(|error| HttpProblem::field(pointer, format!("cannot be signed: {error}")))
    };
    let (path, paths) = match (&request.path, &request.paths) {
        (Some(path), None) => (Some(signed("/path", path)?), None),
        (None, Some(paths)) if paths.len() <= MAX_PATHS => {
            let all = paths.iter().enumerate();
            let all = all.map(|(index, path)| signed(&format!("/paths/{index}"), path));
            (None, Some(all.collect::<Result<_, _>>()?))
        }
        (None, Some(paths)) => {
            let detail = format!("must have at most {MAX_PATHS} entries, and has {}", paths.len());
            return Err(HttpProblem::field("/paths", detail).into());
        }
        _ => return Err(HttpProblem::field("/path", "or \"paths\" must be there, and not both").into()),
    };
    Ok(Json(SignedPaths {
        path,
        paths,
        expires_at,
    }))
}

/// When the URLs stop to be good, in whole seconds; none where they do not.
fn end(request: &SignRequest, now: Timestamp) -> Result<Option<Timestamp>, ApiError> {
    let checked = |pointer, seconds: Option<u64>| match seconds {
        Some(seconds) if !(1..=u64::from(MAX_SECONDS)).contains(&seconds) => {
            let detail = format!("must be a number of seconds from 1 to {MAX_SECONDS}, which are ten years");
            Err(HttpProblem::field(pointer, detail))
        }
        seconds => Ok(seconds.and_then(|seconds| i64::try_from(seconds).ok())),
    };
    let lifetime_s = checked("/expires_in_s", request.expires_in_s)?;
    let step_s = checked("/round_up_to_s", request.round_up_to_s)?;
    let Some(lifetime_s) = lifetime_s else {
        return match step_s {
            Some(_) => Err(HttpProblem::field("/round_up_to_s", "needs \"expires_in_s\" beside it").into()),
            None => Ok(None),
        };
    };
    let end = now
        .checked_add(SignedDuration::from_secs(lifetime_s))
        .map_err(|error| HttpProblem::internal(&error))?
        .as_second();
    let end = match step_s {
        Some(step_s) => end + (-end).rem_euclid(step_s),
        None => end,
    };
    let end = Timestamp::from_second(end).map_err(|error| HttpProblem::internal(&error))?;
    Ok(Some(end))
}
