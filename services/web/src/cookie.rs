//! The two cookie headers that this service ever sets.

use api_types::{SESSION_COOKIE, SignedIn};
use axum::http::HeaderValue;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::error::PageError;

/// `Set-Cookie` for a new session.
///
/// # Errors
/// When the api's token is no cookie value.
pub(crate) fn session(signed_in: &SignedIn, secure: bool) -> Result<HeaderValue, PageError> {
    // `Expires`, not `Max-Age`: that one would need a clock to count from.
    let expires = DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&signed_in.expires_at)
        .map_err(|error| {
            tracing::error!(error = %error, "a session's end cannot be written as a cookie's date");
            PageError::Broken
        })?;
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, ';' | ',' | '"' | '\\');
    if signed_in.token.is_empty() || !signed_in.token.chars().all(plain) {
        tracing::error!("the api's session token is no cookie value");
        return Err(PageError::Broken);
    }
    set(&signed_in.token, &expires, secure)
}

/// `Set-Cookie` that makes the browser forget the session.
pub(crate) fn forget_session(secure: bool) -> HeaderValue {
    set("", "Thu, 01 Jan 1970 00:00:00 GMT", secure)
        .unwrap_or(HeaderValue::from_static("tintype_session=; Path=/"))
}

fn set(value: &str, expires: &str, secure: bool) -> Result<HeaderValue, PageError> {
    // Lax, not Strict: a link in a mail to /images/… should find its reader signed in.
    let secure = if secure { "; Secure" } else { "" };
    let line = format!("{SESSION_COOKIE}={value}; Path=/; Expires={expires}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(line).map_err(|_| PageError::Broken)
}
