//! Requests that another site's page makes in a visitor's name.
//!
//! The check of Go's `http.CrossOriginProtection` (Filippo Valsorda, "Cross-Site Request Forgery", 2025): browsers say
//! where a request comes from by `Sec-Fetch-Site`; older ones by `Origin`, which must then name the host that is asked;
//! what has neither is no browser's. It needs no token in forms.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::HttpProblem;

pub(crate) async fn refuse_cross_site(request: Request, next: Next) -> Response {
    if is_cross_site(request.method(), request.headers()) {
        return HttpProblem::new(
            StatusCode::FORBIDDEN,
            "cross-site-request",
            "This request comes from another site's page. Make it from Tintype's own pages, or with an API key.",
        )
        .into_response();
    }
    next.run(request).await
}

fn is_cross_site(method: &Method, headers: &HeaderMap) -> bool {
    // A key in `Authorization` is sent by whoever has it, never by a browser on its own.
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        || headers.contains_key(header::AUTHORIZATION)
    {
        return false;
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some("same-origin" | "none"), _) | (None, None) => false,
        (Some(_), _) => true,
        (None, Some(origin)) => origin.split_once("://").map(|(_, host)| host) != text("host"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cross_site(method: Method, headers: &[(&'static str, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        is_cross_site(&method, &headers)
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        assert!(cross_site(Method::POST, &[("sec-fetch-site", "cross-site")]));
        assert!(cross_site(Method::POST, &[("sec-fetch-site", "same-site")]));
        assert!(cross_site(
            Method::DELETE,
            &[("origin", "https://evil.example"), ("host", "tintype.example")]
        ));
        assert!(cross_site(
            Method::POST,
            &[("origin", "null"), ("host", "tintype.example")]
        ));
    }

    #[test]
    fn our_own_forms_programs_and_reading_are_let_through() {
        assert!(!cross_site(Method::POST, &[("sec-fetch-site", "same-origin")]));
        assert!(!cross_site(
            Method::POST,
            &[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]
        ));
        assert!(!cross_site(Method::POST, &[]));
        assert!(!cross_site(
            Method::POST,
            &[("sec-fetch-site", "cross-site"), ("authorization", "Bearer x")]
        ));
        assert!(!cross_site(Method::GET, &[("sec-fetch-site", "cross-site")]));
    }
}
