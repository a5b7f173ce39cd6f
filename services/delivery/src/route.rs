//! `GET` and `HEAD` of `/i/{id}/{options}` and `/i/{id}/{options}/{name}`.

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use delivery_url::{FormatChoice, Request, Target, parse};
use domain::ImageId;
use http_kit::HttpProblem;
use percent_encoding::percent_decode_str;

use crate::{
    accept::Bucket,
    answer::Answer,
    errors::DeliveryError,
    plans::{Plan, say_unchanged},
    serve::Delivery,
};

const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// On every answer with a body, problems as well: pictures are for pages of any site, and nothing in them may ever run.
const STANDING: [(HeaderName, HeaderValue); 5] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "content-disposition, content-range, etag, retry-after, server-timing, tintype-alt-text",
        ),
    ),
    (TIMING_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    ),
];

const UNNAMED: &str = "/i/{id}/{options}";
const NAMED: &str = "/i/{id}/{options}/{name}";

/// The routes of delivery.
pub fn router(delivery: Delivery) -> Router {
    Router::new()
        .route(UNNAMED, get(deliver))
        .route(NAMED, get(deliver))
        .with_state(delivery)
}

async fn deliver(State(delivery): State<Delivery>, uri: Uri, headers: HeaderMap) -> Response {
    let address = match Address::of(&uri) {
        Ok(address) => address,
        Err(error) => return standing(None, HttpProblem::from(error).into_response()),
    };
    let Address {
        image, path, request, ..
    } = &address;
    match delivery.serve(*image, path, request, &headers).await {
        Ok(answer) => tell(&delivery, &address, answer, &headers),
        Err(error) if request.terms.placeholder_on_error => {
            let png = delivery.placeholder(*image, path, request).await;
            standing(Some(request), HttpProblem::from(error).shown_as("image/png", png))
        }
        Err(error) => standing(Some(request), HttpProblem::from(error).into_response()),
    }
}

/// The answer as HTTP. What can be given again is kept for the shortcut.
fn tell(delivery: &Delivery, address: &Address, mut answer: Answer, headers: &HeaderMap) -> Response {
    let Address {
        path, request, name, ..
    } = address;
    let lifetime = answer.lifetime;
    let grounds = answer.grounds.take().filter(|_| answer.content.is_at_hand());
    let response = answer.into_response(headers, &request.terms, name.as_deref());
    let response = standing(Some(request), response);
    if let Some(grounds) = grounds {
        let end = request.terms.expires_at_s;
        let route = if name.is_some() { NAMED } else { UNNAMED };
        let (status, said) = (response.status(), response.headers());
        let plan = || Plan::new(grounds, end, lifetime, route, status, said);
        delivery.inner().plans.keep(path, Bucket::of(headers), plan);
    }
    response
}

/// The response with what stands on every one.
fn standing(request: Option<&Request>, mut response: Response) -> Response {
    let is_unchanged = response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    headers.extend(STANDING);
    if request.is_some_and(depends_on_accept) {
        headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    }
    if is_unchanged {
        say_unchanged(headers);
    }
    response
}

/// Whether another client may get another format at the same address.
fn depends_on_accept(request: &Request) -> bool {
    match &request.target {
        Target::Options(options) => options.format == FormatChoice::Auto,
        // What it stands for may leave the format open, today or tomorrow.
        Target::Preset(_) => true,
        Target::Original => false,
    }
}

/// What the path says.
struct Address {
    image: ImageId,
    /// As it came: the key ring undoes its percent-encoding itself.
    path: String,
    request: Request,
    /// For people and search engines, and for saved files.
    name: Option<String>,
}

impl Address {
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
        let request = parse(&options)?;
        let name = segments
            .next()
            .map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned());
        Ok(Self {
            image,
            path: uri.path().to_owned(),
            request,
            name: name.filter(|name| !name.is_empty()),
        })
    }
}
