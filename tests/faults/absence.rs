//! Processes that start while MySQL is away: they live, say that they are not ready, and come up by themselves.

use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use api_client::Upload;
use api_types::LibraryView;
use domain::ImageState;
use testkit::{Fleet, MysqlServer, Program, pictures, run_command, whole_library};

use crate::ask;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tintype");

/// How long a process may take until it answers at all, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What must come to be said at `path`.
fn see(address: SocketAddr, path: &str, status: u16) -> String {
    let began = Instant::now();
    loop {
        let answer = ask(address, path);
        if let Some((found, answer)) = &answer
            && *found == status
        {
            return answer.clone();
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{path} is to be answered with {status}: {answer:?}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A role in a process of its own, in the way of the fleet's.
fn launch(fleet: &Fleet, folder: &Path, role: &str, variables: &[(&str, &str)]) -> Program {
    let data = folder.join(role);
    std::fs::create_dir_all(&data).unwrap();
    let mut environment = fleet.environment().to_vec();
    let variables = variables.iter();
    environment.extend(variables.map(|(name, value)| ((*name).into(), (*value).into())));
    Program::launch(role, PROGRAM, &data, &environment)
}

/// What a command says that must end badly, in one line, and how long it took.
fn refused(fleet: &Fleet, folder: &Path, command: &str, variables: &[(&str, &str)]) -> (String, Duration) {
    let mut environment = fleet.environment().to_vec();
    let variables = variables.iter();
    environment.extend(variables.map(|(name, value)| ((*name).into(), (*value).into())));
    let began = Instant::now();
    let output = run_command(
        Path::new(PROGRAM),
        folder,
        &environment,
        &[command, "--listen", "127.0.0.1:0"],
        "",
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{command} came up: {said}");
    (said, began.elapsed())
}

async fn shown_picture(fleet: &Fleet) -> String {
    let client = fleet.client(&fleet.key());
    let upload = Upload {
        file_name: "shown.jpg".into(),
        body: pictures::photograph(1, 1200, 900, 1).into(),
        idempotency_key: None,
    };
    let id = client.upload(upload).await.unwrap().summary.id;
    let began = Instant::now();
    while client.image(id).await.unwrap().unwrap().summary.state != ImageState::Ready {
        assert!(began.elapsed() < PATIENCE, "no worker is there");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    format!("/i/{id}/w=64,f=jpeg")
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_that_start_while_mysql_is_away_wait_for_it_and_delivery_needs_none() {
    let mut server = MysqlServer::start();
    let fleet = Fleet::start_on(PROGRAM, server.url(), &[]);
    let picture = shown_picture(&fleet).await;
    let key = fleet.key();
    let folder = tempfile::tempdir().unwrap();
    server.kill();

    let mut waiting: Vec<Program> = ["api", "worker", "all"]
        .into_iter()
        .map(|role| launch(&fleet, folder.path(), role, &[]))
        .collect();
    let mut delivery = launch(&fleet, folder.path(), "delivery", &[]);
    delivery.wait_until_ready();
    assert_eq!(see(delivery.address, &picture, 200).matches("JFIF").count(), 1);
    for program in &waiting {
        see(program.address, "/healthz", 200);
        let unready = see(program.address, "/readyz", 503);
        assert!(
            unready.contains(r#""status":"starting""#) && unready.contains(r#""catalog":"unavailable""#),
            "{unready}"
        );
        let problem = see(program.address, "/api/v1/images", 503);
        assert!(
            problem.contains(r#""code":"unavailable""#)
                && problem.to_ascii_lowercase().contains("retry-after: 5"),
            "{problem}"
        );
    }
    // One of them is told to stop before it has started.
    let mut impatient = launch(&fleet, folder.path(), "api", &[]);
    see(impatient.address, "/readyz", 503);
    assert!(impatient.terminate() < Duration::from_secs(20));

    // A migration waits, too, though not forever; and what it says is one line more than the one at its end.
    let (said, took) = refused(
        &fleet,
        folder.path(),
        "migrate",
        &[("TINTYPE_CATALOG_MIGRATE_WAIT_S", "2")],
    );
    assert!(took >= Duration::from_secs(2), "{took:?}");
    let last = said.lines().last().unwrap();
    assert!(
        last.starts_with(
            "tintype: waited 2 s for the database (catalog.migrate_wait_s): catalog.url: cannot connect"
        ),
        "{said}"
    );
    assert_eq!(said.lines().count(), 2, "{said}");
    let environment = fleet.environment().to_vec();
    let data = folder.path().to_owned();
    let migration = std::thread::spawn(move || {
        run_command(Path::new(PROGRAM), &data, &environment, &["migrate"], "")
            .status
            .success()
    });

    server.start_again();
    for program in &mut waiting {
        program.wait_until_ready();
    }
    assert!(
        migration.join().unwrap(),
        "the migration did not wait long enough"
    );
    let client = waiting[0].client(&key);
    assert_eq!(whole_library(&client, LibraryView::Library, 10).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_has_to_mend_ends_a_start_at_once_in_one_line() {
    let fleet = Fleet::start(PROGRAM, &[]);
    let folder = tempfile::tempdir().unwrap();
    let (server, name) = fleet.database.url.rsplit_once('/').unwrap();
    let place = server.rsplit(['@', '/']).next().unwrap();
    let nobody = format!("mysql://nobody-{name}:wrong@{place}/{name}");
    let nowhere = format!("{server}/{name}_missing");
    for (variable, value, words) in [
        ("TINTYPE_CATALOG_URL", nobody.as_str(), "Access denied"),
        ("TINTYPE_CATALOG_URL", &nowhere, "Unknown database"),
        (
            "TINTYPE_API_UPLOAD_HOURS",
            "25",
            "worker.sweep_min_age_s is 86400",
        ),
    ] {
        let roles: &[&str] = match variable {
            "TINTYPE_CATALOG_URL" => &["api", "worker", "migrate"],
            _ => &["worker", "all"],
        };
        for role in roles {
            let quiet = [(variable, value), ("TINTYPE_LOG_LEVEL", "error")];
            let (said, took) = refused(&fleet, folder.path(), role, &quiet);
            assert_eq!(said.lines().count(), 1, "{role}: {said}");
            assert!(said.contains(words), "{role}: {said}");
            assert!(!said.contains("wrong"), "the password is said: {said}");
            assert!(took < Duration::from_secs(30), "{role} waited: {took:?}");
        }
    }
}
