//! What a catalog on MySQL stands: answers that are lost, a server that is killed, a password that is changed.

mod servers;

use std::{
    collections::HashSet,
    path::PathBuf,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use catalog::{MysqlCatalog, PasswordSource};
use domain::{
    BlobKey, EventId, EventKind, ImageFormat, ImageId, NewImage, Original, OutboxMessage, Role, Sha256Digest,
    UploadId, User, UserId, Visibility,
};
use jiff::Timestamp;
use ports::{AcceptOutcome, Catalog, Entropy, ImageCatalog, OutboxCatalog, PortError};
use secrecy::SecretString;
use servers::{TestDatabase, TestEntropy, proxy::CuttingProxy, run, server_url};

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).expect("tests stay in this century")
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    TestEntropy.fill(&mut bytes);
    bytes
}

async fn owner(catalog: &dyn Catalog) -> UserId {
    let id = UserId::new(now(), random());
    let user = User {
        id,
        email: format!("{id}@example.org").parse().unwrap(),
        role: Role::Editor,
        password_hash: "$".into(),
        created_at: now(),
    };
    assert!(catalog.add_user(&user).await.unwrap());
    id
}

/// An image of bytes that no other has, and the message that tells of it.
fn new_image(owner: UserId) -> (NewImage, OutboxMessage) {
    let id = ImageId::new(now(), random());
    let image = NewImage {
        id,
        owner,
        file_name: "a.jpg".parse().unwrap(),
        visibility: Visibility::Public,
        original: Original {
            blob_key: BlobKey::original(UploadId::new(now(), random())),
            sha256: Sha256Digest::from_bytes(random()),
            size_bytes: 1,
            format: ImageFormat::Jpeg,
        },
        idempotency_key: None,
        created_at: now(),
    };
    let event = domain::Event {
        id: EventId::new(now(), random()),
        sequence: 0,
        kind: EventKind::Accepted,
        image_id: id,
        at: now(),
        traceparent: None,
    };
    (image, OutboxMessage::Event(event))
}

/// The images that are told of, each as often as it is.
async fn told(catalog: &MysqlCatalog) -> Vec<ImageId> {
    let items = catalog.outbox(0, 100_000).await.unwrap();
    let image = |message| match message {
        OutboxMessage::Event(event) => event.image_id,
        OutboxMessage::Job(job) => panic!("nobody wrote {job:?}"),
    };
    items
        .into_iter()
        .map(|item| image(item.message.unwrap()))
        .collect()
}

#[tokio::test]
async fn the_suite_passes_where_every_other_commit_gets_no_answer() {
    let database = TestDatabase::new().await;
    let proxy = CuttingProxy::start(&server_url()).await;
    let mut settings = database.settings();
    settings.url = format!("{}/{}", proxy.url(), database.name()).into();
    let (catalog, through_proxy) = database.open_with(settings).await;
    proxy.cut_every(2);
    ports::suite::catalog::all(&catalog).await;
    let (made, unmade) = proxy.cuts();
    assert!(
        made > 20 && unmade > 20,
        "{made} answers were lost after the COMMIT, {unmade} before it"
    );
    assert!(through_proxy.repeats().losses() >= made + unmade);
    println!("{made} answers were lost after the COMMIT, {unmade} before it, and nobody noticed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accept_whose_answer_is_lost_is_there_once_and_counts_as_created() {
    let database = TestDatabase::new().await;
    let proxy = CuttingProxy::start(&server_url()).await;
    let mut settings = database.settings();
    settings.url = format!("{}/{}", proxy.url(), database.name()).into();
    let (catalog, _) = database.open_with(settings).await;
    let owner = owner(&catalog).await;
    proxy.cut_every(3);
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let catalog = catalog.clone();
            tokio::spawn(async move {
                let mut ids = Vec::new();
                for _ in 0..25 {
                    let (image, message) = new_image(owner);
                    let accepted = catalog.accept(&image, &[message]).await.unwrap();
                    assert_eq!(
                        accepted.outcome,
                        AcceptOutcome::Created,
                        "its own row was taken for another's"
                    );
                    ids.push(image.id);
                }
                ids
            })
        })
        .collect();
    let mut ids = Vec::new();
    for task in tasks {
        ids.extend(task.await.unwrap());
    }
    let mut told = told(&catalog).await;
    told.sort_unstable();
    ids.sort_unstable();
    assert_eq!(told, ids);
    let (made, unmade) = proxy.cuts();
    assert!(made > 5 && unmade > 5, "{made}, {unmade}");
}

/// The program that starts, kills and stops a server of this test's own.
fn servers() -> PathBuf {
    std::env::var_os("TINTYPE_TEST_MYSQL_SERVER").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../dev/mysql")),
        PathBuf::from,
    )
}

fn serve(words: &[&str]) -> String {
    let done = Command::new(servers()).args(words).output().unwrap();
    assert!(
        done.status.success(),
        "{} {words:?} failed: {}",
        servers().display(),
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// A server that ends with the test, however the test ends.
struct OwnServer {
    port: String,
    url: String,
}

impl OwnServer {
    fn start() -> Self {
        // Free at this moment, and below the ports of outgoing connections.
        let port = (0..100)
            .map(|_| 20_000 + u16::from_le_bytes(random()) % 12_000)
            .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
            .expect("a free port");
        let port = port.to_string();
        let url = serve(&["start", &port]);
        Self { port, url }
    }

    fn kill(&self) {
        serve(&["kill", &self.port]);
    }

    fn start_again(&self) {
        serve(&["start", &self.port]);
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        _ = Command::new(servers()).args(["stop", &self.port]).output();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_nothing_that_was_accepted() {
    let server = Arc::new(tokio::task::spawn_blocking(OwnServer::start).await.unwrap());
    let database = TestDatabase::new_on(&server.url).await;
    let (catalog, pool) = database.open().await;
    let owner = owner(&catalog).await;
    let (stop, accepted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (catalog, stop, accepted) = (catalog.clone(), stop.clone(), accepted.clone());
            tokio::spawn(async move {
                let (mut yes, mut unknown) = (Vec::new(), Vec::new());
                while !stop.load(Ordering::Relaxed) {
                    let (image, message) = new_image(owner);
                    match catalog.accept(&image, &[message]).await {
                        Ok(taken) => {
                            assert_eq!(taken.outcome, AcceptOutcome::Created);
                            accepted.fetch_add(1, Ordering::Relaxed);
                            yes.push(image.id);
                        }
                        Err(PortError::Unavailable { .. }) => unknown.push(image.id),
                        Err(error) => panic!("{error}"),
                    }
                }
                (yes, unknown)
            })
        })
        .collect();
    let reach = async |count: u64| {
        let mut patience = 0;
        while accepted.load(Ordering::Relaxed) < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
            patience += 1;
            assert!(patience < 24_000, "no more was accepted for two minutes");
        }
    };
    for round in 1..=2 {
        let before = accepted.load(Ordering::Relaxed);
        reach(before + 50).await;
        let again = server.clone();
        tokio::task::spawn_blocking(move || {
            again.kill();
            again.start_again();
        })
        .await
        .unwrap();
        let after = accepted.load(Ordering::Relaxed);
        reach(after + 50).await;
        println!("round {round}: {after} accepted until the server was back");
    }
    stop.store(true, Ordering::Relaxed);
    let (mut yes, mut unknown) = (Vec::new(), HashSet::new());
    for task in tasks {
        let (taken, failed) = task.await.unwrap();
        yes.extend(taken);
        unknown.extend(failed);
    }

    let told = told(&catalog).await;
    let distinct: HashSet<_> = told.iter().copied().collect();
    assert_eq!(distinct.len(), told.len(), "something was accepted twice");
    for id in &yes {
        assert!(
            catalog.image(*id).await.unwrap().is_some(),
            "{id} was accepted and is gone"
        );
        assert!(distinct.contains(id), "{id} is there and nobody is told");
    }
    for id in &unknown {
        let is_there = catalog.image(*id).await.unwrap().is_some();
        assert_eq!(is_there, distinct.contains(id), "half of {id} is there");
    }
    assert!(distinct.iter().all(|id| yes.contains(id) || unknown.contains(id)));
    println!(
        "{} accepted, {} refused as unavailable, {} repeated for a server that was away",
        yes.len(),
        unknown.len(),
        pool.repeats().losses()
    );
}

/// A secret that changes.
struct Secret(Mutex<String>);

#[async_trait]
impl PasswordSource for Secret {
    async fn secret(&self) -> Result<SecretString, PortError> {
        Ok(self.0.lock().unwrap().clone().into())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_password_needs_no_restart() {
    let server = server_url();
    let database = TestDatabase::new().await;
    // A user of the test's own, so that nobody else's sessions end.
    let user = format!("'u{:08x}'@'%'", u32::from_le_bytes(random()));
    let name = user
        .trim_start_matches('\'')
        .split('\'')
        .next()
        .unwrap()
        .to_owned();
    run(
        &server,
        format!(
            "CREATE USER {user} IDENTIFIED BY 'first'; GRANT ALL ON {}.* TO {user}",
            database.name()
        ),
    )
    .await;
    let secret = Arc::new(Secret(Mutex::new("first".into())));
    let mut settings = database.settings();
    let (_, place) = server.split_once("://").unwrap();
    let place = place.rsplit('@').next().unwrap().trim_end_matches('/');
    settings.url = format!("mysql://{name}@{place}/{}", database.name()).into();
    settings.password = Some(secret.clone());
    let (catalog, pool) = database.open_with(settings).await;
    let owner = owner(&catalog).await;

    let stop = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (catalog, stop) = (catalog.clone(), stop.clone());
            tokio::spawn(async move {
                let mut taken = 0;
                while !stop.load(Ordering::Relaxed) {
                    let (image, message) = new_image(owner);
                    catalog.accept(&image, &[message]).await.unwrap();
                    taken += 1;
                }
                taken
            })
        })
        .collect();
    for (round, password) in ["second", "third {not JSON}", "fourth"].into_iter().enumerate() {
        // RDS changes the password and then says so; its form is JSON.
        run(&server, format!("ALTER USER {user} IDENTIFIED BY '{password}'")).await;
        end_sessions(&server, &name).await;
        let seen = pool.repeats().losses();
        while pool.repeats().losses() == seen {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let text = match round {
            0 => password.to_owned(),
            _ => serde_json::json!({ "username": name, "password": password }).to_string(),
        };
        *secret.0.lock().unwrap() = text;
        // As a new process would.
        let (image, message) = new_image(owner);
        catalog.accept(&image, &[message]).await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    let mut taken = 3;
    for task in tasks {
        taken += task.await.unwrap();
    }
    assert_eq!(told(&catalog).await.len(), taken);
    pool.close().await;
    run(&server, format!("DROP USER {user}")).await;
}

/// A server goes on serving those who are in; a fail-over or an end of their life makes them come in again.
async fn end_sessions(server: &str, user: &str) {
    use sqlx::Connection;
    let mut conn = sqlx::MySqlConnection::connect(server).await.unwrap();
    let ids: Vec<u64> = loop {
        let list = "SELECT CAST(id AS UNSIGNED) FROM information_schema.processlist WHERE user = ?";
        // The list holds the statements under way, and fails where one of them is no text, as an id is none.
        if let Ok(ids) = sqlx::query_scalar(list).bind(user).fetch_all(&mut conn).await {
            break ids;
        }
    };
    for id in ids {
        // One may have ended by itself.
        _ = sqlx::raw_sql(sqlx::AssertSqlSafe(format!("KILL {id}")))
            .execute(&mut conn)
            .await;
    }
}
