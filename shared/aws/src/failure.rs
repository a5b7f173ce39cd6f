//! What went wrong at AWS, in one sentence that names the action and the resource.

use std::fmt::{self, Display};

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use ports::PortError;

/// A call that failed. Its text holds no credential and no signed URL: neither is in what AWS answers.
#[derive(Debug)]
struct CallFailed(String);

impl Display for CallFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CallFailed {}

/// For `map_err`: `action` is the permission that the call needs and what it is about, such as "s3:GetObject in bucket x".
pub(crate) fn failed<E>(
    what: &'static str,
    action: impl Display,
) -> impl FnOnce(SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    move |error| PortError::unavailable(what)(CallFailed(describe(&action, &error)))
}

/// The port is away for a reason of our own.
pub(crate) fn unavailable(what: &'static str, reason: impl Display) -> PortError {
    PortError::unavailable(what)(CallFailed(reason.to_string()))
}

fn describe<E>(action: &impl Display, error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let SdkError::ServiceError(service) = error else {
        // No answer: the chain of causes is all there is, such as a refused connection or missing credentials.
        return format!("{action}: {}", DisplayErrorContext(error));
    };
    let request = error.request_id().unwrap_or("unknown");
    let status = service.raw().status().as_u16();
    // A HEAD has no body to say more in than its status.
    let code = service.err().code().unwrap_or("no code");
    match service.err().message() {
        Some(message) => format!("{action}: {code}: {message} (status {status}, request {request})"),
        None => format!("{action}: {code} (status {status}, request {request})"),
    }
}

/// Whether AWS answered with one of these codes.
pub(crate) fn has_code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>, codes: &[&str]) -> bool {
    error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
        .is_some_and(|code| codes.contains(&code))
}

/// The HTTP status of the answer, where there was one.
pub(crate) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}
