//! Tintype as a story meets it, in whichever shape.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use api_client::{ApiClient, Credential, HttpTransport};
use api_types::{ImageResource, SignInRequest};
use axum::{
    body::Body,
    http::{HeaderMap, Request, Response, Uri, uri},
};
use domain::{ImageId, ImageState, KeyRing, Role};
use embedded::SystemClock;
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use jiff::Timestamp;
use ports::Clock;
use tintype::compose::signing_keys;
use tower::ServiceExt;

use crate::{ADMIN_EMAIL, ADMIN_PASSWORD, Answer, Deployment, TestApp};

/// What an editor signs in with.
const EDITOR_PASSWORD: &str = "eve's long password";

/// How long what was asked for may take where other processes do it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked whether it is done.
const LOOK: Duration = Duration::from_millis(50);

/// Whose stories share a system, each with people and pictures of its own.
static STORIES: AtomicU64 = AtomicU64::new(0);

/// Tintype, in one of its shapes.
pub struct System {
    shape: Shape,
    email: String,
}

enum Shape {
    /// One process, embedded adapters, a clock that stands. Each story has its own.
    Embedded(Box<TestApp>),
    /// Processes of their own on MySQL and the AWS APIs, shared by the stories of a test binary.
    Deployed(&'static dyn Deployment, Box<Client<HttpConnector, Body>>),
}

impl System {
    /// One process, the embedded adapters.
    pub async fn embedded() -> Self {
        Self {
            // Delivery looks at the presets each time: there is no time that could pass until it does.
            shape: Shape::Embedded(Box::new(
                TestApp::with_environment(&[
                    ("TINTYPE_DELIVERY_PRESETS_MAX_AGE_S", "0"),
                    // Stories have receivers of webhooks on this machine.
                    ("TINTYPE_WEBHOOKS_PRIVATE_ADDRESSES", "true"),
                ])
                .await,
            )),
            email: ADMIN_EMAIL.into(),
        }
    }

    /// What runs there already.
    pub fn deployed(deployment: &'static dyn Deployment) -> Self {
        let story = STORIES.fetch_add(1, Ordering::Relaxed);
        Self {
            shape: Shape::Deployed(
                deployment,
                Box::new(Client::builder(TokioExecutor::new()).build_http()),
            ),
            // What runs already may have been told of these stories before.
            email: format!("ada-{story}-{}@example.org", std::process::id()),
        }
    }

    /// What [`Self::admin`] signs in with, beside [`ADMIN_PASSWORD`].
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Sends a request as it is; the body of the answer is not read yet.
    pub async fn stream(&self, mut request: Request<Body>) -> Response<Body> {
        match &self.shape {
            Shape::Embedded(app) => app.routes().oneshot(request).await.unwrap(),
            Shape::Deployed(deployment, client) => {
                let path = request
                    .uri()
                    .path_and_query()
                    .map_or("/", uri::PathAndQuery::as_str)
                    .to_owned();
                *request.uri_mut() = format!("{}{path}", deployment.url()).parse::<Uri>().unwrap();
                client.request(request).await.unwrap().map(Body::new)
            }
        }
    }

    /// Sends a request and reads its answer.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.stream(request).await;
        let (status, headers): (_, HeaderMap) = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.unwrap().to_bytes().to_vec();
        Answer {
            status,
            headers,
            body,
        }
    }

    /// GETs a path as nobody.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// A client that calls as nobody.
    pub fn nobody(&self) -> ApiClient {
        match &self.shape {
            Shape::Embedded(app) => app.nobody(),
            Shape::Deployed(deployment, _) => {
                ApiClient::new(HttpTransport::new(&deployment.url()).unwrap().boxed())
            }
        }
    }

    /// An administrator of this story's own: a client that calls as them, and their session's token.
    pub async fn admin(&self) -> (ApiClient, String) {
        match &self.shape {
            Shape::Embedded(app) => app.admin().await,
            Shape::Deployed(deployment, _) => {
                deployment.add_user(&self.email, "admin", ADMIN_PASSWORD);
                let request = SignInRequest {
                    email: self.email.clone(),
                    password: ADMIN_PASSWORD.into(),
                };
                let signed_in = self.nobody().sign_in(&request).await.unwrap();
                let credential = Credential::Session(signed_in.token.clone());
                (self.nobody().with_credential(credential), signed_in.token)
            }
        }
    }

    /// A person who may edit, and no more.
    pub async fn editor(&self) -> ApiClient {
        let email = format!("editor-of-{}", self.email);
        match &self.shape {
            Shape::Embedded(app) => app.add_user(&email, Role::Editor, EDITOR_PASSWORD).await,
            Shape::Deployed(deployment, _) => deployment.add_user(&email, "editor", EDITOR_PASSWORD),
        }
        let request = SignInRequest {
            email,
            password: EDITOR_PASSWORD.into(),
        };
        let signed_in = self.nobody().sign_in(&request).await.unwrap();
        self.nobody()
            .with_credential(Credential::Session(signed_in.token))
    }

    /// A name that no other story uses where they share a library.
    pub fn own_name(&self, name: &str) -> String {
        let story = self.email.split('@').next().unwrap();
        format!("{name}-{story}")
    }

    /// The keys that paths of delivery are signed with.
    pub fn keys(&self) -> KeyRing {
        match &self.shape {
            Shape::Embedded(app) => signing_keys(&app.config).unwrap(),
            Shape::Deployed(deployment, _) => KeyRing::parse(&deployment.signing_keys()).unwrap(),
        }
    }

    /// The address of this machine that it can post to.
    pub fn address_of_this_machine(&self) -> IpAddr {
        match &self.shape {
            Shape::Embedded(_) => Ipv4Addr::LOCALHOST.into(),
            Shape::Deployed(deployment, _) => deployment.address_of_this_machine(),
        }
    }

    /// The time there.
    pub fn now(&self) -> Timestamp {
        match &self.shape {
            Shape::Embedded(app) => app.clock.now(),
            Shape::Deployed(..) => SystemClock.now(),
        }
    }

    /// Has all work done that is to be done, until `holds`. Where it is done in this process, it must hold at once after that;
    /// elsewhere it must come to hold.
    pub async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        match &self.shape {
            Shape::Embedded(app) => {
                app.drain().await;
                assert!(holds().await, "{what}: it is not so after all work was done");
            }
            Shape::Deployed(..) => {
                let began = Instant::now();
                while !holds().await {
                    assert!(
                        began.elapsed() < PATIENCE,
                        "{what}: it is not so after {PATIENCE:?}"
                    );
                    tokio::time::sleep(LOOK).await;
                }
            }
        }
    }

    /// The image, once it is in this state.
    pub async fn image_in(&self, client: &ApiClient, id: ImageId, state: ImageState) -> ImageResource {
        self.until(&format!("image {id} is {state:?}"), async || {
            let image = client.image(id).await.unwrap().unwrap();
            image.summary.state == state
        })
        .await;
        client.image(id).await.unwrap().unwrap()
    }

    /// Waits until a path is answered with this status.
    pub async fn answers(&self, path: &str, status: u16) -> Answer {
        let mut last = None;
        self.until(&format!("{path} is answered with {status}"), async || {
            let answer = self.get(path).await;
            let is_so = answer.status.as_u16() == status;
            last = Some(answer);
            is_so
        })
        .await;
        last.unwrap()
    }
}
