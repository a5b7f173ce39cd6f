//! The shape of services: each role in a process of its own, on MySQL and the AWS APIs, behind a balancer.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Output,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use api_client::{ApiClient, Credential, HttpTransport};
use api_types::SetupRequest;
use aws::{AwsContext, S3Buckets, S3Location, S3Places, S3Settings};
use embedded::SystemClock;
use ports::{BlobStore, Catalog};
use runtime::{ConfigSource, LoadedConfig};
use tintype::compose::open_catalog;

use crate::{
    Deployment, Program,
    balancer::{self, Upstreams},
    database::Database,
    deployment::text,
    guardian::Guardian,
    program::run_command,
};

/// Who sets the fleet up.
const OPERATOR: &str = "operator@example.org";
/// With what.
const OPERATOR_PASSWORD: &str = "what the operator thought of";

/// The variable of the keys of signed URLs.
const SIGNING_KEYS: &str = "TINTYPE_DELIVERY_SIGNING_KEYS";

/// The roles, each under the name of its process.
const ROLES: [(&str, &str); 5] = [
    ("web", "web"),
    ("api", "api"),
    ("delivery", "delivery"),
    ("worker-1", "worker"),
    ("worker-2", "worker"),
];

/// Five processes: web, api, delivery and two workers. They end with the process that made them.
pub struct Fleet {
    executable: String,
    folder: PathBuf,
    environment: Vec<(String, String)>,
    programs: Mutex<BTreeMap<&'static str, Program>>,
    guardian: Guardian,
    balancer: SocketAddr,
    /// Its catalog.
    pub database: Database,
}

/// What the tests were told to use.
fn told(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: these tests need MySQL and an AWS emulator; ./test starts both and sets it")
    })
}

impl Fleet {
    /// Makes buckets, queues and a topic, migrates a database of its own, starts the roles, and makes the first administrator by
    /// the link that the migration prints. `variables` are for all roles.
    ///
    /// To be called outside of asynchronous code: it waits.
    pub fn start(executable: &str, variables: &[(&str, &str)]) -> Self {
        Self::start_on(executable, &told("TINTYPE_TEST_MYSQL_URL"), variables)
    }

    /// The same, on another MySQL server.
    pub fn start_on(executable: &str, mysql: &str, variables: &[(&str, &str)]) -> Self {
        let site = Site::make(executable, mysql, variables);
        let migrated = site.run(&["migrate"]);
        assert_eq!(
            site.run(&["migrate"]).lines().next(),
            migrated.lines().next(),
            "the second time does no harm"
        );
        // The link of the last migration is the one that counts.
        let link = site.run(&["setup-link"]);
        let fleet = site.launch();
        fleet.set_up(&link);
        fleet
    }

    /// Makes buckets, queues, a topic and a database of its own, fills them from a backup, and starts the roles. Keys of signed URLs
    /// are made, unless `variables` has some.
    ///
    /// To be called outside of asynchronous code: it waits.
    pub fn start_restored(executable: &str, backup: &Path, variables: &[(&str, &str)]) -> Self {
        let site = Site::make(executable, &told("TINTYPE_TEST_MYSQL_URL"), variables);
        site.run(&["restore", backup.to_str().unwrap()]);
        site.launch()
    }

    fn set_up(&self, printed: &str) {
        let token = printed.trim().rsplit_once("/setup?token=").unwrap().1.to_owned();
        let request = SetupRequest {
            token,
            email: OPERATOR.into(),
            password: OPERATOR_PASSWORD.into(),
        };
        let url = self.url();
        // The caller may be inside of a runtime, which must not wait for another.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let client = ApiClient::new(HttpTransport::new(&url).unwrap().boxed());
                client.set_up(&request).await.unwrap();
            });
        })
        .join()
        .unwrap();
    }

    /// Where the balancer listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.balancer)
    }

    /// The processes by their names: web, api, delivery, worker-1, worker-2.
    pub fn programs(&self) -> MutexGuard<'_, BTreeMap<&'static str, Program>> {
        self.programs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a process by SIGKILL.
    pub fn kill(&self, name: &str) {
        self.programs().get_mut(name).unwrap().kill();
    }

    /// Starts a process anew in the place of the one that ended.
    pub fn start_again(&self, name: &str) {
        let mut programs = self.programs();
        let program = programs.get_mut(name).unwrap();
        program.start_again();
        self.guardian.watch(program.pid());
    }

    /// What all processes are configured with.
    pub fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// Runs a command of the executable as an operator does.
    pub fn command(&self, arguments: &[&str], input: &str) -> Output {
        run_command(
            Path::new(&self.executable),
            &self.folder,
            &self.environment,
            arguments,
            input,
        )
    }

    /// Its catalog, beside the processes.
    pub async fn catalog(&self) -> Arc<dyn Catalog> {
        let source = ConfigSource {
            environment: self.environment.iter().cloned().collect(),
            ..ConfigSource::default()
        };
        // What is for the SDK is none of the configuration.
        open_catalog(&LoadedConfig::load(&source).unwrap().config)
            .await
            .unwrap()
    }

    /// Its blob store, beside the processes.
    pub async fn blobs(&self) -> Arc<dyn BlobStore> {
        let context = AwsContext::load_for_endpoint(&self.variable("AWS_ENDPOINT_URL"))
            .await
            .unwrap();
        let location = |name: &str| S3Location::parse(&self.variable(name)).unwrap();
        let places = S3Places::new(
            location("TINTYPE_BLOBS_URL"),
            Some(location("TINTYPE_BLOBS_UPLOADS_URL")),
            Some(location("TINTYPE_BLOBS_DERIVATIVES_URL")),
        );
        let buckets = S3Buckets::new(&context, S3Settings::new(places), Arc::new(SystemClock));
        Arc::new(buckets.blob_store())
    }

    fn variable(&self, name: &str) -> String {
        let (_, value) = self.environment.iter().find(|(key, _)| key == name).unwrap();
        value.clone()
    }

    /// A new key for reading and writing.
    pub fn key(&self) -> String {
        let arguments = ["key", "add", "--name", "test", "--scopes", "read,write"];
        text(&self.command(&arguments, "")).trim().to_owned()
    }

    /// A client over the balancer.
    pub fn client(&self, key: &str) -> ApiClient {
        let transport = HttpTransport::new(&self.url()).unwrap().boxed();
        ApiClient::new(transport).with_credential(Credential::Key(key.to_owned()))
    }
}

/// What a fleet stands on: a database, buckets, queues and a topic of its own, and nobody at work.
struct Site {
    executable: String,
    folder: PathBuf,
    environment: Vec<(String, String)>,
    guardian: Guardian,
    listener: TcpListener,
    database: Database,
}

impl Site {
    fn make(executable: &str, mysql: &str, variables: &[(&str, &str)]) -> Self {
        let endpoint = told("TINTYPE_TEST_AWS_ENDPOINT");
        let folder = tempfile::tempdir().unwrap().keep();
        let guardian = Guardian::new(&folder);
        let database = Database::make(mysql);
        // Known before anything starts: the bucket has to let in the pages that are shown there.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let public_url = format!("http://{}", listener.local_addr().unwrap());
        let mut environment: Vec<(String, String)> = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("TINTYPE_CATALOG_URL", &database.url),
            // What a killed worker had is soon free, and a new relay soon there.
            ("TINTYPE_WORKER_LEASE_S", "5"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
        ] {
            if std::env::var_os(name).is_none() {
                environment.push((name.into(), value.into()));
            }
        }
        let mut site = Self {
            executable: executable.to_owned(),
            folder,
            environment,
            guardian,
            listener,
            database,
        };
        let prefix = format!("tintype-{}", site.database.name.replace('_', "-"));
        // The roles go by what the balancer says: it may stand behind https.
        site.environment.push(("TINTYPE_PUBLIC_URL".into(), public_url));
        let provisioned = site.run(&["provision", "--prefix", &prefix]);
        site.environment.pop();
        for line in provisioned.lines() {
            let (name, value) = line.split_once('=').unwrap();
            site.environment.push((name.into(), value.into()));
        }
        // After what they may speak of.
        let given = variables.iter();
        site.environment
            .extend(given.map(|(name, value)| ((*name).into(), (*value).into())));
        if !variables.iter().any(|(name, _)| *name == SIGNING_KEYS) {
            let key = site.run(&["signing-key", "new"]).trim().to_owned();
            site.environment.push((SIGNING_KEYS.into(), key));
        }
        site
    }

    fn run(&self, arguments: &[&str]) -> String {
        text(&run_command(
            Path::new(&self.executable),
            &self.folder,
            &self.environment,
            arguments,
            "",
        ))
    }

    /// Starts the roles.
    fn launch(self) -> Fleet {
        let Self {
            executable,
            folder,
            mut environment,
            guardian,
            listener,
            database,
        } = self;
        let balancer = listener.local_addr().unwrap();
        let mut programs = BTreeMap::new();
        let launch = |name: &str, role: &str, environment: &[(String, String)]| {
            // A folder each: they share nothing but what AWS and MySQL have.
            let data = folder.join(name);
            std::fs::create_dir(&data).unwrap();
            let program = Program::launch(role, &executable, &data, environment);
            guardian.watch(program.pid());
            program
        };
        for (name, role) in ROLES.into_iter().filter(|(name, _)| *name != "web") {
            programs.insert(name, launch(name, role, &environment));
        }
        let api = programs["api"].url();
        environment.push(("TINTYPE_WEB_API_URL".into(), api));
        programs.insert("web", launch("web", "web", &environment));
        for program in programs.values_mut() {
            program.wait_until_ready();
        }
        let upstreams = Upstreams {
            delivery: programs["delivery"].address,
            api: programs["api"].address,
            web: programs["web"].address,
        };
        balancer::start(listener, upstreams);
        Fleet {
            executable,
            folder,
            environment,
            programs: Mutex::new(programs),
            guardian,
            balancer,
            database,
        }
    }
}

impl Deployment for Fleet {
    fn url(&self) -> String {
        self.url()
    }

    fn command(&self, arguments: &[&str], input: &str) -> Output {
        self.command(arguments, input)
    }

    fn signing_keys(&self) -> String {
        self.variable(SIGNING_KEYS)
    }
}
