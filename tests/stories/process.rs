//! The program as an operator meets it: commands, health, start and stop.

use std::time::Duration;

use api_client::{ApiClient, HttpTransport};
use api_types::{SetupRequest, SignInRequest};
use domain::ImageState;
use testkit::{Program, pictures, run_command};

use crate::upload;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tintype");

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_prints_a_link_that_makes_the_first_administrator() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::start(PROGRAM, folder.path(), &[]);
    let link = program.set_up_link().expect("a link is printed").to_owned();
    let token = link.split_once("/setup?token=").unwrap().1.to_owned();
    let client = ApiClient::new(HttpTransport::new(&program.url()).unwrap().boxed());
    let password = "a long enough password".to_owned();
    let request = SetupRequest {
        token,
        email: "ada@example.org".into(),
        password: password.clone(),
    };
    client.set_up(&request).await.unwrap();
    program.kill_and_restart();
    assert_eq!(program.set_up_link(), None, "there is an administrator");
    client
        .sign_in(&SignInRequest {
            email: "ada@example.org".into(),
            password,
        })
        .await
        .unwrap();
}

#[test]
fn commands_keep_their_contract() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(PROGRAM, folder.path(), &[]);
    let run = |arguments: &[&str], input: &str| {
        let output = program.command(arguments, input);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let add = [
        "user",
        "add",
        "--email",
        "bo@example.org",
        "--role",
        "editor",
        "--password-stdin",
    ];
    assert!(run(&add, "a long enough password\n").0);
    let (added, _, error) = run(&add, "a long enough password\n");
    assert!(
        !added && error.contains("there is an account for bo@example.org already"),
        "{error}"
    );
    let (added, _, error) = run(&add[..], "short\n");
    assert!(!added && error.contains("at least 12 characters"), "{error}");

    let (made, key, _) = run(&["key", "add", "--name", "ci", "--scopes", "read,write"], "");
    assert!(
        made && key.trim().starts_with("tintype_") && key.lines().count() == 1,
        "{key}"
    );
    let (made, _, error) = run(&["key", "add", "--name", "ci", "--scopes", "fly"], "");
    assert!(!made && error.contains("there is no scope \"fly\""), "{error}");

    let path = "/i/019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e/w=800";
    let (signed, line, _) = run(&["sign", path], "");
    assert!(
        signed && line.starts_with(path) && line.contains(",sig=") && line.lines().count() == 1,
        "{line}"
    );
    assert!(!run(&["sign", "/elsewhere"], "").0);
    let (signed, line, _) = run(&["sign", path, "--expires-at", "2100-01-01T00:00:00Z"], "");
    assert!(
        signed && line.starts_with(&format!("{path},exp=4102444800,kid=k1,sig=")),
        "{line}"
    );
    let (signed, line, _) = run(&["sign", path, "--expires-in", "1h"], "");
    assert!(signed && line.starts_with(&format!("{path},exp=")), "{line}");
    let (signed, _, error) = run(&["sign", path, "--expires-in", "3600"], "");
    assert!(!signed && error.contains("such as 90s, 15m, 1h or 7d"), "{error}");

    let (made, key, _) = run(&["signing-key", "new"], "");
    assert!(
        made && key.starts_with("k2:") && key.lines().count() == 1,
        "the ring has k1, and the next is not {key}"
    );
    let (_, signed, _) = run(&["sign", path], "");
    let kept = folder.path().join("signing-keys");
    let before = std::fs::read_to_string(&kept).unwrap();
    std::fs::write(&kept, format!("{key}{before}")).unwrap();
    let (_, anew, _) = run(&["sign", path], "");
    assert!(signed.contains("kid=k1,") && anew.contains("kid=k2,"), "{anew}");
    let (made, _, error) = run(&["signing-key", "new", "--kid", "K 3"], "");
    assert!(!made && error.contains("such as k2"), "{error}");

    let (shown, lines, _) = run(&["config"], "");
    assert!(
        shown
            && lines
                .lines()
                .any(|line| line.starts_with("data = ") && line.ends_with("# --data")),
        "{lines}"
    );
    assert!(
        lines
            .lines()
            .any(|line| line.starts_with("worker.lease_s = 15") && line.ends_with("# default")),
        "{lines}"
    );

    let listen = program.address.to_string();
    assert!(run(&["healthcheck", "--listen", &listen], "").0);
    assert!(run(&["healthcheck", "--live", "--listen", &listen], "").0);
    assert!(!run(&["healthcheck", "--listen", "127.0.0.1:1"], "").0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_the_program_within_the_drain_time_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::start(PROGRAM, folder.path(), &[("TINTYPE_SHUTDOWN_DRAIN_MS", "5000")]);
    let client = program.client(&program.key());
    for seed in 0..10 {
        upload(&client, "x.jpg", pictures::photograph(seed, 1600, 1200, 1)).await;
    }
    let took = program.terminate();
    assert!(took < Duration::from_secs(7), "{took:?}");
    program.kill_and_restart();
    let started = std::time::Instant::now();
    loop {
        let page = client
            .images(api_types::LibraryView::Library, None, 20)
            .await
            .unwrap();
        assert_eq!(page.images.len(), 10);
        if page.images.iter().all(|image| image.state == ImageState::Ready) {
            break;
        }
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "what was given back is not finished after the start"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// A command, its environment, and a part of what it complains.
type Complaint = (
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
    &'static str,
);

#[test]
fn what_is_missing_stops_the_start_in_one_line_that_says_what_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [Complaint; 6] = [
        (&["web"], &[], "web.api_url (TINTYPE_WEB_API_URL) is needed"),
        (
            &["web"],
            &[("TINTYPE_WEB_API_URL", "https://api")],
            "web.api_url: \"https://api\" is no address of the api: expected http://HOST:PORT",
        ),
        (
            &["delivery"],
            &[
                ("TINTYPE_BLOBS_URL", "s3://pictures"),
                ("AWS_REGION", "us-east-1"),
            ],
            "delivery.signing_keys (TINTYPE_DELIVERY_SIGNING_KEYS) is needed",
        ),
        (
            &["api"],
            &[
                ("TINTYPE_QUEUE_URL", "http://127.0.0.1:1/1/jobs"),
                ("AWS_REGION", "us-east-1"),
            ],
            "queue.dead_letter_url (TINTYPE_QUEUE_DEAD_LETTER_URL) is needed",
        ),
        (
            &["migrate"],
            &[
                ("TINTYPE_CATALOG_URL", "mysql://tintype@127.0.0.1:1/tintype"),
                ("TINTYPE_CATALOG_MIGRATE_WAIT_S", "0"),
            ],
            "catalog.url: cannot connect to the database at 127.0.0.1",
        ),
        (
            &["provision"],
            &[
                ("AWS_ENDPOINT_URL", "https://s3.example.org"),
                ("AWS_REGION", "us-east-1"),
            ],
            "https://s3.example.org is not a local endpoint",
        ),
    ];
    // Somebody's own Tintype may be at the port that is the default.
    let free_port = ("TINTYPE_LISTEN", "127.0.0.1:0");
    for (arguments, environment, expected) in cases {
        let environment: Vec<_> = environment
            .iter()
            .chain([&free_port])
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let output = run_command(PROGRAM.as_ref(), folder.path(), &environment, arguments, "");
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        let lines: Vec<_> = complaint
            .lines()
            .filter(|line| line.starts_with("tintype: "))
            .collect();
        assert!(
            lines.len() == 1 && lines[0].contains(expected),
            "{arguments:?}: {complaint}"
        );
    }
}
