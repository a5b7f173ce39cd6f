//! `GET` and `HEAD` of `/i/{id}/{options}` and `/i/{id}/{options}/{name}`.

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::ImageId;
use http_kit::HttpProblem;
use percent_encoding::percent_decode_str;

use crate::{
    errors::DeliveryError,
    options::{FormatChoice, Options, parse},
    serve::{Answer, Content, Delivery},
};

/// A URL that names a version never shows anything else.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Any other may show a newer picture one day, and nobody should wait while a cache asks for it.
const CHANGEABLE: HeaderValue =
    HeaderValue::from_static("public, max-age=3600, stale-while-revalidate=86400");

/// Names everything that was made of one image, so that it can be purged together.
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// On every answer, problems as well: pictures are for pages of any site, and nothing in them may ever run.
const STANDING: [(HeaderName, HeaderValue); 4] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (TIMING_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    ),
];

/// The routes of delivery.
pub fn router(delivery: Delivery) -> Router {
    Router::new()
        .route("/i/{id}/{options}", get(deliver))
        .route("/i/{id}/{options}/{name}", get(deliver))
        .with_state(delivery)
}

async fn deliver(State(delivery): State<Delivery>, uri: Uri, headers: HeaderMap) -> Response {
    let request = Request::of(&uri);
    let depends_on_accept = matches!(&request, Ok(request) if request.options.format == FormatChoice::Auto);
    let answer = async {
        let request = request?;
        delivery.authorise(&request.path, request.signed)?;
        let answer = delivery.serve(request.image, request.options, &headers).await?;
        Ok::<_, DeliveryError>(response(request.image, answer))
    };
    let mut response = answer
        .await
        .unwrap_or_else(|error| HttpProblem::from(error).into_response());
    let headers = response.headers_mut();
    if depends_on_accept {
        headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    }
    headers.extend(STANDING);
    response
}

/// What the path says.
struct Request {
    image: ImageId,
    options: Options,
    signed: bool,
    /// What a signature is over.
    path: String,
}

impl Request {
    fn of(uri: &Uri) -> Result<Self, DeliveryError> {
        let mut segments = uri.path().splitn(5, '/').skip(2);
        let (Some(id), Some(options)) = (segments.next(), segments.next()) else {
            return Err(DeliveryError::ImageNotFound);
        };
        // What is no id is the id of no image.
        let image: ImageId = id.parse().map_err(|_| DeliveryError::ImageNotFound)?;
        // Some clients and proxies encode commas and equals signs. They mean the same, for the signature as well.
        let options = percent_decode_str(options).decode_utf8();
        let options = options.map_err(|_| DeliveryError::NotText)?;
        let parsed = parse(&options)?;
        let path = match segments.next() {
            // A name is for people and search engines: it decides nothing but the signature.
            Some(name) => format!("/i/{id}/{options}/{name}"),
            None => format!("/i/{id}/{options}"),
        };
        Ok(Self {
            image,
            options: parsed.options,
            signed: parsed.signed,
            path,
        })
    }
}

fn response(image: ImageId, answer: Answer) -> Response {
    let (status, body, length, timing) = match answer.content {
        Content::Unchanged => (StatusCode::NOT_MODIFIED, Body::empty(), None, None),
        Content::Stored(stored) => (
            StatusCode::OK,
            stored.body,
            Some(stored.size_bytes),
            Some("cache;desc=\"stored\"".to_owned()),
        ),
        Content::Rendered { bytes, rendered_in } => {
            let length = bytes.len() as u64;
            let render_ms = rendered_in.as_secs_f64() * 1_000.0;
            let timing = format!("cache;desc=\"rendered\", render;dur={render_ms:.1}");
            (StatusCode::OK, Body::from(bytes), Some(length), Some(timing))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let mut text = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    text(header::ETAG, answer.etag);
    text(CACHE_TAG, format!("a-{image}"));
    if let Some(timing) = timing {
        text(SERVER_TIMING, timing);
    }
    headers.insert(
        header::CACHE_CONTROL,
        if answer.immutable { IMMUTABLE } else { CHANGEABLE },
    );
    if let Some(length) = length {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        let media_type = HeaderValue::from_static(answer.format.format().media_type());
        headers.insert(header::CONTENT_TYPE, media_type);
    }
    response
}
