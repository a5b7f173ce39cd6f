//! SIGTERM, role by role: first unready, then closed, and what cannot be finished is given back.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use api_client::Upload;
use api_types::LibraryView;
use domain::ImageState;
use testkit::{Fleet, pictures, whole_library};

use crate::ask;

/// Until when a stopping process serves on.
const UNREADY: Duration = Duration::from_millis(1_500);

/// How much longer a process may take to end, on a busy machine.
const SLACK: Duration = Duration::from_secs(8);

/// A lease that no test waits for.
const LEASE_S: u64 = 600;

/// The status of an answer; none where nobody listens.
fn status(address: SocketAddr, path: &str) -> Option<u16> {
    ask(address, path).map(|(status, _)| status)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_is_first_unready_serves_on_and_then_ends() {
    let unready = UNREADY.as_millis().to_string();
    let lease = LEASE_S.to_string();
    let fleet = Fleet::start(
        env!("CARGO_BIN_EXE_tintype"),
        &[
            ("TINTYPE_SHUTDOWN_UNREADY_MS", unready.as_str()),
            ("TINTYPE_SHUTDOWN_DRAIN_MS", "500"),
            ("TINTYPE_WORKER_LEASE_S", &lease),
            ("TINTYPE_WORKER_CONCURRENCY", "2"),
        ],
    );
    let client = fleet.client(&fleet.key());
    for seed in 0..12 {
        let upload = Upload {
            file_name: format!("{seed}.jpg"),
            body: pictures::photograph(seed, 3000, 2000, 1).into(),
            idempotency_key: None,
        };
        client.upload(upload).await.unwrap();
    }
    // One worker is at work, and goes: what it has cannot be finished in half a second, and its lease ends in ten minutes.
    let began = Instant::now();
    loop {
        let images = whole_library(&client, LibraryView::Library, 50).await;
        if images.iter().any(|image| image.state == ImageState::Processing) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "no worker begins");
    }
    stops(&fleet, "worker-1", "/healthz");
    let began = Instant::now();
    loop {
        let images = whole_library(&client, LibraryView::Library, 50).await;
        if images.iter().all(|image| image.state == ImageState::Ready) {
            assert_eq!(images.len(), 12);
            break;
        }
        assert!(
            began.elapsed() < Duration::from_secs(LEASE_S / 4),
            "what the worker had was not given back: {images:?}"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for (name, path) in [
        ("web", "/sign-in"),
        ("delivery", "/i/019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e/w=8"),
        ("api", "/api/v1/session"),
        ("worker-2", "/healthz"),
    ] {
        stops(&fleet, name, path);
    }
}

/// Stops a process, and looks at it meanwhile.
fn stops(fleet: &Fleet, name: &str, path: &str) {
    let mut programs = fleet.programs();
    let program = programs.get_mut(name).unwrap();
    let address = program.address;
    let usual = status(address, path);
    assert_eq!(status(address, "/readyz"), Some(200), "{name}");
    let asked = Instant::now();
    program.signal("TERM");
    while status(address, "/readyz") == Some(200) {
        assert!(asked.elapsed() < UNREADY, "{name} stays ready");
    }
    // It is unready, and does all that it did.
    assert_eq!(status(address, "/readyz"), Some(503), "{name}");
    assert_eq!(status(address, "/healthz"), Some(200), "{name}");
    assert_eq!(status(address, path), usual, "{name}");
    assert!(asked.elapsed() < UNREADY, "{name} was looked at too late to tell");
    program.wait();
    let took = asked.elapsed();
    assert!(took >= UNREADY && took < UNREADY + SLACK, "{name} took {took:?}");
    assert_eq!(status(address, "/healthz"), None, "{name}");
}
