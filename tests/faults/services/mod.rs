//! Five processes under a steady load, and what each fault costs: the table in docs/faults.md.

mod left;
mod table;

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use api_client::ApiClient;
use api_types::{ImageSummary, LibraryView, SignInRequest};
use axum::{body::Body, http::Request};
use domain::{BlobKey, ImageId, ImageState};
use testkit::{
    Deployment, Fleet, MysqlServer, System,
    load::{Load, Sent},
    pictures, signal, whole_library,
};

use self::table::Row;

/// How long the load goes on before a fault, and after it.
const STEADY: Duration = Duration::from_secs(4);

/// How long a role is away, until it is started again.
const ROLE_AWAY: Duration = Duration::from_secs(2);

/// How long the database is away, until it is started again.
const DATABASE_AWAY: Duration = Duration::from_secs(5);

/// How long the AWS endpoint stands still.
const AWS_AWAY: Duration = Duration::from_secs(20);

/// How long all that was accepted may take to be ready after the load has ended.
const READY_WITHIN: Duration = Duration::from_secs(240);

const PASSWORD: &str = "a long enough password";

/// What `./test` says of the servers that it started.
fn told(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: this test kills servers, and ./test starts some that may be killed")
    })
}

/// Pictures that are shown all the time, whatever happens.
async fn shown_all_the_time(client: &ApiClient) -> Vec<ImageId> {
    let mut shown = Vec::new();
    for seed in 0..4 {
        let upload = api_client::Upload {
            file_name: format!("shown-{seed}.jpg"),
            body: pictures::photograph(1_000_000 + seed, 1200, 900, 1).into(),
            idempotency_key: None,
        };
        shown.push(client.upload(upload).await.unwrap().summary.id);
    }
    until_ready(client, "shown-", READY_WITHIN).await;
    shown
}

/// The images under these names, once each of them is ready, or those that are there when the time is over.
async fn until_ready(client: &ApiClient, prefix: &str, at_most: Duration) -> Vec<ImageSummary> {
    let began = Instant::now();
    loop {
        let mut images = whole_library(client, LibraryView::Library, 200).await;
        images.retain(|image| image.file_name.starts_with(prefix));
        if images.iter().all(|image| image.state == ImageState::Ready) || began.elapsed() > at_most {
            return images;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// One row: the load, the fault in its middle, and what is left when all is done.
async fn suffer(
    fleet: &'static Fleet,
    client: &ApiClient,
    shown: &[ImageId],
    name: &'static str,
    prefix: &'static str,
    fault: impl AsyncFnOnce(),
) -> Row {
    let load = Load::start(&fleet.url(), client, prefix, shown);
    tokio::time::sleep(STEADY).await;
    fault().await;
    tokio::time::sleep(STEADY).await;
    let Sent { counts, accepted } = load.end().await;
    let images = until_ready(client, prefix, READY_WITHIN).await;
    let ready: HashSet<ImageId> = images
        .iter()
        .filter(|image| image.state == ImageState::Ready)
        .map(|image| image.id)
        .collect();
    let names: HashSet<&str> = images.iter().map(|image| image.file_name.as_str()).collect();
    let swept = left::sweep(fleet);
    Row {
        fault: name,
        uploads: counts.uploads(),
        deliveries: counts.deliveries(),
        accepted: accepted.len(),
        ready: accepted.intersection(&ready).count(),
        doubled: images.len() - names.len() + ready.difference(&accepted).count(),
        swept,
        orphaned: left::orphans(fleet).await,
    }
}

/// While the database is away, pictures are shown and the library says what is wrong; then it is back by itself.
async fn the_database_dies(server: &mut MysqlServer, fleet: &'static Fleet, shown: &[ImageId]) {
    let system = System::deployed(fleet);
    let request = SignInRequest {
        email: "reader@example.org".into(),
        password: PASSWORD.into(),
    };
    let token = system.nobody().sign_in(&request).await.unwrap().token;
    let page = async || {
        let request = Request::get("/").header("cookie", format!("tintype_session={token}"));
        system.send(request.body(Body::empty()).unwrap()).await
    };
    assert_eq!(page().await.status, 200);
    tokio::task::block_in_place(|| server.kill());
    let died = Instant::now();
    let lost = page().await;
    assert_eq!(lost.status, 503, "{}", lost.text());
    assert_eq!(lost.header("refresh"), "5", "the page asks again by itself");
    assert!(lost.text().contains("its database or its store does not answer"));
    let mut width = 40;
    while died.elapsed() < DATABASE_AWAY {
        for id in shown {
            // A size that was never asked for: it has to be rendered.
            width += 1;
            let picture = system.get(&format!("/i/{id}/w={width},f=jpeg")).await;
            assert_eq!(
                picture.status,
                200,
                "while the database is away: {}",
                picture.text()
            );
        }
    }
    tokio::task::block_in_place(|| server.start_again());
    let back = Instant::now();
    while page().await.status != 200 {
        assert!(
            back.elapsed() < Duration::from_secs(30),
            "the library does not come back"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn killed(fleet: &'static Fleet, name: &'static str) {
    tokio::task::block_in_place(|| fleet.kill(name));
    tokio::time::sleep(ROLE_AWAY).await;
    tokio::task::block_in_place(|| fleet.start_again(name));
}

/// What is counted as left is found where there is something: an original that nobody has.
async fn what_is_nobodys_is_found_and_swept(fleet: &Fleet) {
    let nobodys = BlobKey::parse("originals/019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e").unwrap();
    fleet
        .blobs()
        .await
        .put(&nobodys, "nobody's".into())
        .await
        .unwrap();
    assert_eq!(left::orphans(fleet).await, 1);
    assert_eq!(left::sweep(fleet), 1);
    assert_eq!(left::orphans(fleet).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_fault_loses_doubles_or_leaves_anything() {
    let mut server = MysqlServer::start();
    let fleet: &'static Fleet = Box::leak(Box::new(Fleet::start_on(
        env!("CARGO_BIN_EXE_tintype"),
        server.url(),
        &[("TINTYPE_WORKER_LEASE_S", "5")],
    )));
    fleet.add_user("reader@example.org", "viewer", PASSWORD);
    let client = fleet.client(&fleet.key());
    let shown = shown_all_the_time(&client).await;
    let aws: u32 = told("TINTYPE_TEST_AWS_PID").parse().unwrap();
    let mut rows = Vec::new();
    for (name, prefix, role) in [
        ("kill -9 of web, started again after 2 s", "web-", "web"),
        ("kill -9 of api, started again after 2 s", "api-", "api"),
        (
            "kill -9 of delivery, started again after 2 s",
            "delivery-",
            "delivery",
        ),
        (
            "kill -9 of one worker of two, started again after 2 s",
            "worker-",
            "worker-1",
        ),
    ] {
        rows.push(
            suffer(fleet, &client, &shown, name, prefix, async || {
                killed(fleet, role).await
            })
            .await,
        );
    }
    let fault = async || the_database_dies(&mut server, fleet, &shown).await;
    let name = "kill -9 of MySQL, started again after 5 s";
    rows.push(suffer(fleet, &client, &shown, name, "mysql-", fault).await);
    let fault = async || {
        signal(aws, "STOP");
        tokio::time::sleep(AWS_AWAY).await;
        signal(aws, "CONT");
    };
    let name = "the AWS endpoint stands still for 20 s";
    rows.push(suffer(fleet, &client, &shown, name, "aws-", fault).await);

    what_is_nobodys_is_found_and_swept(fleet).await;
    table::tell(&rows);
    for row in &rows {
        assert!(row.accepted > 0, "{}: no upload was accepted", row.fault);
        assert_eq!(row.ready, row.accepted, "{}: lost", row.fault);
        assert_eq!(
            (row.doubled, row.orphaned),
            (0, 0),
            "{}: doubled, orphaned",
            row.fault
        );
    }
    let failed = |row: usize| rows[row].deliveries.failed;
    // Delivery needs neither web, api and worker nor the database.
    assert_eq!(
        [failed(0), failed(1), failed(3), failed(4)],
        [0; 4],
        "pictures were not shown"
    );
}
