//! The whole application in one process: the real routes, a real SQLite file, embedded adapters.

use std::{collections::BTreeMap, sync::Arc};

use api_client::{ApiClient, Credential, in_process};
use api_types::{Problem, SetupRequest};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use domain::{Role as UserRole, User, UserId};
use http_body_util::BodyExt;
use ports::{Clock, random_bytes};
use runtime::{Config, ConfigSource, LoadedConfig, Shutdown};
use tempfile::TempDir;
use tintype::compose::{Adapters, Composed, Ground, Role, compose};
use tintype_api::{Passwords, hash_secret};
use tintype_worker::Worker;
use tower::ServiceExt;

use crate::{FakeClock, SeededEntropy};

/// Who [`TestApp::admin`] signs in.
pub const ADMIN_EMAIL: &str = "ada@example.org";
/// With what.
pub const ADMIN_PASSWORD: &str = "correct horse battery staple";

/// The single shape on a clock that the test moves. No worker runs: the test drains the queue when it wants to.
pub struct TestApp {
    /// The adapters beneath it.
    pub adapters: Adapters,
    /// Its clock.
    pub clock: Arc<FakeClock>,
    /// Its worker.
    pub worker: Worker,
    /// Its configuration.
    pub config: Config,
    routes: Router,
    _folder: TempDir,
}

/// A response, read whole.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as a problem document.
    pub fn problem(&self) -> Problem {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no problem document: {error}: {}", self.text()))
    }

    /// A header as text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl TestApp {
    /// A new application in a folder of its own.
    pub async fn new() -> Self {
        Self::with_environment(&[]).await
    }

    /// The same, with `TINTYPE_` variables.
    pub async fn with_environment(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut environment: BTreeMap<String, String> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        environment.insert("TINTYPE_DATA".into(), folder.path().display().to_string());
        let config = LoadedConfig::load(&ConfigSource {
            environment,
            ..ConfigSource::default()
        })
        .unwrap()
        .config;
        let clock = Arc::new(FakeClock::default());
        let dyn_clock: Arc<dyn Clock> = clock.clone();
        let adapters = Adapters::open_with(&config, dyn_clock, Arc::new(SeededEntropy::new(1)))
            .await
            .unwrap();
        let worker = adapters.worker(&config);
        let shutdown = Shutdown::default();
        let Composed { served, feed } =
            compose(&config, Role::All, &Ground::Adapters(adapters.clone()), &shutdown).unwrap();
        let (catalog, signal) = (adapters.catalog.clone(), adapters.signal.clone());
        tokio::spawn(async move { feed.unwrap().run(&*catalog, &*signal, shutdown.closing).await });
        Self {
            adapters,
            clock,
            worker,
            config,
            routes: served.into_routes(),
            _folder: folder,
        }
    }

    /// All routes, to be served on a socket.
    pub fn routes(&self) -> Router {
        self.routes.clone()
    }

    /// Sends a request through all layers.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
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
        ApiClient::new(in_process(self.routes.clone()))
    }

    /// Makes the first administrator; a client that calls as them, and their session's token.
    pub async fn admin(&self) -> (ApiClient, String) {
        let token = "the set-up link's token".to_owned();
        self.adapters
            .catalog
            .replace_setup_token(&hash_secret(&token))
            .await
            .unwrap();
        let request = SetupRequest {
            token,
            email: ADMIN_EMAIL.into(),
            password: ADMIN_PASSWORD.into(),
        };
        let signed_in = self.nobody().set_up(&request).await.unwrap();
        (
            self.nobody()
                .with_credential(Credential::Session(signed_in.token.clone())),
            signed_in.token,
        )
    }

    /// Adds a person.
    pub async fn add_user(&self, email: &str, role: UserRole, password: &str) {
        let created_at = self.clock.now();
        let user = User {
            id: UserId::new(created_at, random_bytes(&*self.adapters.entropy)),
            email: email.parse().unwrap(),
            role,
            password_hash: Passwords::new().hash(password).await.unwrap(),
            created_at,
        };
        assert!(
            self.adapters.catalog.add_user(&user).await.unwrap(),
            "{email} is taken"
        );
    }

    /// Works off everything that is to be done now.
    pub async fn drain(&self) {
        self.worker.drain().await.unwrap();
    }
}
