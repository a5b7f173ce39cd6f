//! `POST /api/v1/sign`: signs paths of delivery that delivery can read. Whether there is such an image, or such a preset,
//! is not asked: it may come.

use api_types::{SignRequest, SignedPaths};
use axum::{Json, extract::State};
use delivery_url::{InvalidOption, parse};
use domain::Scope;
use http_kit::{HttpProblem, JsonBody};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;

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
        // The words of delivery's 400 are whole sentences, and a field's detail becomes the end of one.
        let refused = |error: String| {
            let error = error.trim_end_matches('.');
            HttpProblem::field(pointer, format!("cannot be signed: {error}"))
        };
        let signed = signed.map_err(|error| refused(error.to_string()))?;
        check_options(path).map_err(|error| refused(error.to_string()))?;
        Ok::<_, HttpProblem>(signed)
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

/// Refuses options that delivery would refuse, in the same words: a signature would not make them right.
fn check_options(path: &str) -> Result<(), InvalidOption> {
    let options = path.split('/').nth(3).unwrap_or_default();
    let options = percent_decode_str(options).decode_utf8_lossy();
    let is_signed = options.split(',').any(|option| option.starts_with("sig="));
    // An end and a key's id stand beside a signature alone, which is yet to come. Behind the others it moves none of them.
    let options = match is_signed {
        true => options,
        false => format!("{options},sig=0").into(),
    };
    parse(&options).map(drop)
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
