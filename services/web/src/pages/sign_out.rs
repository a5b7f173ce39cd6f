//! `POST /sign-out`.

use axum::{http::header, response::Response};

use crate::{caller::Caller, cookie, error::PageError, page::see_other};

/// Ends the session, there and in the browser.
pub(crate) async fn sign_out(caller: Caller) -> Result<Response, PageError> {
    match caller.api.sign_out().await.map_err(PageError::from) {
        // A session that has already ended is what was asked for.
        Ok(()) | Err(PageError::NotSignedIn) => {}
        Err(error) => return Err(error),
    }
    let mut response = see_other("/sign-in");
    response
        .headers_mut()
        .insert(header::SET_COOKIE, cookie::forget_session(caller.secure));
    Ok(response)
}
