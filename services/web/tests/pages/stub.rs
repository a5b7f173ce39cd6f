//! An api that answers what a test tells it to, and a browser of few words.

use std::sync::{Arc, Mutex};

use api_client::{ApiClient, in_process};
use api_types::{
    AddWebhookRequest, AddedWebhook, ChangeWebhookRequest, DeadLetterList, DeadLetterResource,
    DescribeRequest, DismissRequest, Dismissed, FieldProblem, ImagePage, ImageResource, ImageSummary,
    PresetList, PresetResource, Problem, PutPresetRequest, RedriveRequest, Redriven, SessionResource,
    SetupRequest, SignInRequest, SignRequest, SignedIn, SignedPaths, UploadTerms, UserResource, WebhookList,
    WebhookResource, WebhookTrial,
};
use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, Method, Request, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{ImageFormat, ImageId, ImageState, PresetName, Role, Visibility, WebhookId, WebhookState};
use http_body_util::BodyExt;
use jiff::Timestamp;
use tintype_web::{WebConfig, router};
use tower::ServiceExt;

/// What the stub knows, and what it was asked.
#[derive(Default)]
pub struct Api {
    pub images: Vec<ImageSummary>,
    pub next_cursor: Option<String>,
    pub presets: Vec<PresetResource>,
    pub webhooks: Vec<WebhookResource>,
    pub dead_letters: Vec<DeadLetterResource>,
    /// Why a receiver does not take a test message.
    pub trial_reason: Option<String>,
    pub needs_setup: bool,
    /// Who is signed in; an administrator, unless said otherwise.
    pub role: Option<Role>,
    /// What may be uploaded; an api of the release before does not say.
    pub uploads: Option<UploadTerms>,
    /// What the next changes are answered with, instead of being made.
    pub refusals: Vec<Problem>,
    /// Method, path and body of every request.
    pub calls: Vec<String>,
    /// The request ids that came along.
    pub request_ids: Vec<String>,
}

type Shared = Arc<Mutex<Api>>;

/// The pages over a stub.
pub struct Site {
    pub api: Shared,
    router: Router,
    headers: Vec<(&'static str, String)>,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub fn shows(&self, text: &str) {
        assert!(self.body.contains(text), "{text:?} is not in:\n{}", self.body);
    }

    #[track_caller]
    pub fn hides(&self, text: &str) {
        assert!(!self.body.contains(text), "{text:?} is in:\n{}", self.body);
    }
}

impl Site {
    pub fn new(api: Api) -> Self {
        Self::configured(api, WebConfig::default())
    }

    pub fn configured(api: Api, config: WebConfig) -> Self {
        let api = Arc::new(Mutex::new(api));
        let client = ApiClient::new(in_process(stub(api.clone())));
        Self {
            api,
            router: router(client, config),
            headers: vec![("cookie", "a=b; tintype_session=good".into())],
        }
    }

    pub fn over(client: ApiClient) -> Self {
        Self {
            api: Shared::default(),
            router: router(client, WebConfig::default()),
            headers: Vec::new(),
        }
    }

    /// The same site, visited by somebody without a cookie.
    pub fn signed_out(mut self) -> Self {
        self.headers.retain(|(name, _)| *name != "cookie");
        self
    }

    /// The same site, with a header on every request.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let encoded: Vec<_> = form
            .iter()
            .map(|(key, value)| format!("{key}={}", encode(value)))
            .collect();
        self.send(Method::POST, path, Some(encoded.join("&"))).await
    }

    pub async fn send(&self, method: Method, path: &str, form: Option<String>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(Body::from(form.unwrap_or_default())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answer {
            status,
            headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

pub fn id(number: u8) -> ImageId {
    ImageId::new(at(u32::from(number)), [number; 10])
}

pub fn at(hours: u32) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + i64::from(hours) * 3_600).unwrap()
}

/// An image that is ready.
pub fn image(number: u8) -> ImageSummary {
    ImageSummary {
        id: id(number),
        version: 3,
        state: ImageState::Ready,
        file_name: format!("DSCF{number:04}.JPG"),
        title: String::new(),
        alt_text: String::new(),
        visibility: Visibility::Public,
        format: ImageFormat::Jpeg,
        size_bytes: 8_400_000,
        width: Some(4_032),
        height: Some(3_024),
        content_version: 2,
        thumbhash: Some("2fcZFIB3iId/h3iJh4aIYJ2V8g".into()),
        failure: None,
        created_at: at(u32::from(number)),
        updated_at: at(u32::from(number)),
        trashed_at: None,
    }
}

pub fn problem(status: u16, code: &str, detail: &str, errors: &[(&str, &str)]) -> Problem {
    Problem {
        type_uri: "about:blank".into(),
        title: String::new(),
        status,
        code: code.into(),
        detail: detail.into(),
        errors: errors
            .iter()
            .map(|(pointer, detail)| FieldProblem {
                pointer: (*pointer).into(),
                detail: (*detail).into(),
            })
            .collect(),
        request_id: None,
    }
}

fn stub(api: Shared) -> Router {
    Router::new()
        .route("/api/v1/session", get(session).post(sign_in).delete(changed))
        .route("/api/v1/setup", post(set_up))
        .route("/api/v1/images", get(list))
        .route("/api/v1/sign", post(sign))
        .route("/api/v1/images/{id}", get(one).patch(describe).delete(changed))
        .route("/api/v1/images/{id}/restore", post(changed_one))
        .route("/api/v1/images/{id}/retry", post(changed_one))
        .route("/api/v1/presets", get(presets))
        .route(
            "/api/v1/presets/{name}",
            get(preset).put(put_preset).delete(changed),
        )
        .route("/api/v1/webhooks", get(webhooks).post(add_webhook))
        .route(
            "/api/v1/webhooks/{id}",
            axum::routing::patch(change_webhook).delete(changed),
        )
        .route("/api/v1/webhooks/{id}/test", post(test_webhook))
        .route("/api/v1/dead-letters", get(dead_letters))
        .route("/api/v1/dead-letters/redrive", post(redrive))
        .route("/api/v1/dead-letters/dismiss", post(dismiss))
        .layer(axum::middleware::from_fn_with_state(api.clone(), record))
        .with_state(api)
}

async fn record(
    State(api): State<Shared>,
    method: Method,
    uri: Uri,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    {
        let mut api = api.lock().unwrap();
        api.calls.push(format!("{method} {uri}"));
        if let Some(id) = request.headers().get("x-request-id") {
            api.request_ids.push(id.to_str().unwrap().to_owned());
        }
    }
    next.run(request).await
}

fn refuse(problem: Problem) -> Response {
    (StatusCode::from_u16(problem.status).unwrap(), Json(problem)).into_response()
}

fn is_signed_in(headers: &HeaderMap) -> bool {
    headers
        .get("cookie")
        .is_some_and(|cookie| cookie == "tintype_session=good")
}

fn not_signed_in() -> Response {
    refuse(problem(401, "not-signed-in", "Sign in first.", &[]))
}

fn user() -> UserResource {
    UserResource {
        id: "019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e".parse().unwrap(),
        email: "ada@example.org".into(),
        role: Role::Admin,
    }
}

fn signed_in() -> Response {
    Json(SignedIn {
        token: "fresh-token".into(),
        expires_at: at(0),
        user: user(),
    })
    .into_response()
}

async fn session(State(api): State<Shared>, headers: HeaderMap) -> Json<SessionResource> {
    let (needs_setup, role, uploads) = {
        let api = api.lock().unwrap();
        (api.needs_setup, api.role, api.uploads.clone())
    };
    Json(SessionResource {
        user: is_signed_in(&headers).then(|| UserResource {
            role: role.unwrap_or(Role::Admin),
            ..user()
        }),
        needs_setup,
        uploads,
    })
}

async fn sign_in(State(api): State<Shared>, Json(_): Json<SignInRequest>) -> Response {
    api.lock().unwrap().refusals.pop().map_or_else(signed_in, refuse)
}

async fn set_up(State(api): State<Shared>, Json(_): Json<SetupRequest>) -> Response {
    api.lock().unwrap().refusals.pop().map_or_else(signed_in, refuse)
}

async fn list(State(api): State<Shared>, headers: HeaderMap) -> Response {
    if !is_signed_in(&headers) {
        return not_signed_in();
    }
    let api = api.lock().unwrap();
    let page = ImagePage {
        images: api.images.clone(),
        next_cursor: api.next_cursor.clone(),
        event_sequence: 41,
    };
    Json(page).into_response()
}

fn found(api: &Api, id: ImageId) -> Response {
    match api.images.iter().find(|image| image.id == id) {
        Some(summary) => {
            let image = ImageResource {
                summary: summary.clone(),
                sha256: "ab".repeat(32),
                analysis: None,
            };
            Json(image).into_response()
        }
        None => refuse(problem(404, "image-not-found", "There is no such image.", &[])),
    }
}

async fn one(State(api): State<Shared>, headers: HeaderMap, Path(id): Path<ImageId>) -> Response {
    if is_signed_in(&headers) {
        found(&api.lock().unwrap(), id)
    } else {
        not_signed_in()
    }
}

async fn describe(
    State(api): State<Shared>,
    Path(id): Path<ImageId>,
    Json(request): Json<DescribeRequest>,
) -> Response {
    let mut api = api.lock().unwrap();
    if let Some(problem) = api.refusals.pop() {
        return refuse(problem);
    }
    let image = api.images.iter_mut().find(|image| image.id == id).unwrap();
    if request.version.is_some_and(|version| version != image.version) {
        return refuse(problem(
            409,
            "version-conflict",
            "The image has changed since.",
            &[],
        ));
    }
    if let Some(title) = request.title {
        image.title = title;
    }
    if let Some(alt_text) = request.alt_text {
        image.alt_text = alt_text;
    }
    if let Some(visibility) = request.visibility {
        image.visibility = visibility.parse().unwrap();
    }
    image.version += 1;
    found(&api, id)
}

/// Signatures that say how long they were asked for.
async fn sign(Json(request): Json<SignRequest>) -> Json<SignedPaths> {
    let lifetime = (request.expires_in_s.unwrap(), request.round_up_to_s.unwrap());
    let sign = |path: &String| format!("{path},exp={}-{},sig=x", lifetime.0, lifetime.1);
    Json(SignedPaths {
        path: None,
        paths: Some(request.paths.unwrap().iter().map(sign).collect()),
        expires_at: Some(at(48)),
    })
}

async fn presets(State(api): State<Shared>, headers: HeaderMap) -> Response {
    if !is_signed_in(&headers) {
        return not_signed_in();
    }
    let presets = api.lock().unwrap().presets.clone();
    Json(PresetList { presets }).into_response()
}

async fn preset(State(api): State<Shared>, Path(name): Path<PresetName>) -> Response {
    let api = api.lock().unwrap();
    match api.presets.iter().find(|preset| preset.name == name) {
        Some(preset) => Json(preset.clone()).into_response(),
        None => refuse(problem(404, "preset-not-found", "There is no such preset.", &[])),
    }
}

async fn put_preset(
    State(api): State<Shared>,
    Path(name): Path<PresetName>,
    Json(request): Json<PutPresetRequest>,
) -> Response {
    let mut api = api.lock().unwrap();
    api.calls.push(serde_json::to_string(&request).unwrap());
    if let Some(problem) = api.refusals.pop() {
        return refuse(problem);
    }
    Json(PresetResource {
        name,
        version: 1,
        options: request.options,
        watermark: None,
        updated_at: at(0),
    })
    .into_response()
}

async fn changed(State(api): State<Shared>, headers: HeaderMap) -> Response {
    if !is_signed_in(&headers) {
        return not_signed_in();
    }
    match api.lock().unwrap().refusals.pop() {
        Some(problem) => refuse(problem),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

async fn changed_one(State(api): State<Shared>, Path(id): Path<ImageId>) -> Response {
    let mut api = api.lock().unwrap();
    match api.refusals.pop() {
        Some(problem) => refuse(problem),
        None => found(&api, id),
    }
}

/// A webhook that is told.
pub fn webhook(number: u8) -> WebhookResource {
    WebhookResource {
        id: WebhookId::new(at(u32::from(number)), [number; 10]),
        version: 1,
        url: format!("https://example.org/hooks/{number}"),
        kinds: Vec::new(),
        state: WebhookState::Enabled,
        failing_since: None,
        last_error: None,
        delivered_at: None,
        waiting: 0,
        created_at: at(0),
        updated_at: at(0),
    }
}

async fn webhooks(State(api): State<Shared>, headers: HeaderMap) -> Response {
    if !is_signed_in(&headers) {
        return not_signed_in();
    }
    let api = api.lock().unwrap();
    if api.role.is_some_and(|role| role != Role::Admin) {
        let detail = "This needs the scope \"admin\", which your role or key does not have.";
        return refuse(problem(403, "not-allowed", detail, &[]));
    }
    let webhooks = api.webhooks.clone();
    Json(WebhookList { webhooks }).into_response()
}

async fn add_webhook(State(api): State<Shared>, Json(request): Json<AddWebhookRequest>) -> Response {
    let mut api = api.lock().unwrap();
    api.calls.push(serde_json::to_string(&request).unwrap());
    if let Some(problem) = api.refusals.pop() {
        return refuse(problem);
    }
    let added = WebhookResource {
        url: request.url,
        kinds: request.kinds,
        ..webhook(9)
    };
    api.webhooks.push(added.clone());
    let added = AddedWebhook {
        webhook: added,
        secret: "whsec_Zm9yIHRoaXMgdGVzdCBhbG9uZQ==".into(),
    };
    (StatusCode::CREATED, Json(added)).into_response()
}

async fn change_webhook(
    State(api): State<Shared>,
    Path(id): Path<WebhookId>,
    Json(request): Json<ChangeWebhookRequest>,
) -> Response {
    let mut api = api.lock().unwrap();
    api.calls.push(serde_json::to_string(&request).unwrap());
    match api.webhooks.iter().find(|webhook| webhook.id == id) {
        Some(webhook) => Json(webhook.clone()).into_response(),
        None => refuse(problem(
            404,
            "webhook-not-found",
            "There is no such webhook.",
            &[],
        )),
    }
}

async fn test_webhook(State(api): State<Shared>) -> Json<WebhookTrial> {
    let reason = api.lock().unwrap().trial_reason.clone();
    Json(WebhookTrial {
        taken: reason.is_none(),
        status: Some(200),
        reason,
        duration_ms: 34,
    })
}

async fn dead_letters(State(api): State<Shared>, headers: HeaderMap) -> Response {
    if !is_signed_in(&headers) {
        return not_signed_in();
    }
    let dead_letters = api.lock().unwrap().dead_letters.clone();
    let count = dead_letters.len() as u64 + 2 * u64::from(dead_letters.len() > 1);
    Json(DeadLetterList { dead_letters, count }).into_response()
}

async fn redrive(State(api): State<Shared>, Json(request): Json<RedriveRequest>) -> Json<Redriven> {
    let mut api = api.lock().unwrap();
    api.calls.push(serde_json::to_string(&request).unwrap());
    let ids = api
        .dead_letters
        .iter()
        .map(|letter| letter.id)
        .filter(|id| request.all || request.ids.iter().flatten().any(|asked| *asked == id.to_string()))
        .collect();
    Json(Redriven { ids, left: 0 })
}

async fn dismiss(State(api): State<Shared>, Json(request): Json<DismissRequest>) -> Json<Dismissed> {
    let mut api = api.lock().unwrap();
    api.calls.push(serde_json::to_string(&request).unwrap());
    let ids = api
        .dead_letters
        .extract_if(.., |letter| {
            request
                .ids
                .iter()
                .flatten()
                .any(|asked| *asked == letter.id.to_string())
        })
        .map(|letter| letter.id)
        .collect();
    Json(Dismissed { ids, left: 0 })
}
