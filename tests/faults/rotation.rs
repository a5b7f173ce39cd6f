//! The catalog's secret goes over to another user while a process runs, as Secrets Manager does it that alternates between two.

use api_client::{ApiClient, Upload};
use api_types::LibraryView;
use axum::{body::Body, http::Request};
use http_body_util::BodyExt;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use testkit::{Fleet, Program, pictures};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tintype");

/// Asks the emulator's Secrets Manager, which looks at no signature.
async fn secrets(action: &str, body: &Value) {
    let endpoint = std::env::var("TINTYPE_TEST_AWS_ENDPOINT").expect("./test says where the emulator is");
    let request = Request::post(endpoint)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("secretsmanager.{action}"))
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=0",
        )
        .body(Body::from(body.to_string()))
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.unwrap();
    let status = answer.status();
    let said = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(
        status.is_success(),
        "{action}: {}",
        String::from_utf8_lossy(&said)
    );
}

/// In the form that RDS keeps it in.
fn secret_of(user: &str) -> String {
    json!({ "engine": "mysql", "username": user, "password": password_of(user) }).to_string()
}

fn password_of(user: &str) -> String {
    format!("{{of}} {user}")
}

/// Reads and writes, several at once, so that every connection is used.
async fn calls_go_on(client: &ApiClient, round: u64) {
    let reads = futures::future::join_all((0..20).map(|_| client.images(LibraryView::Library, None, 10)));
    for read in reads.await {
        read.unwrap();
    }
    let upload = Upload {
        file_name: format!("{round}.jpg"),
        body: pictures::jpeg(&pictures::scene(round, 64, 48)).into(),
        idempotency_key: None,
    };
    client.upload(upload).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_goes_over_to_another_user_is_followed_without_a_restart() {
    let fleet = Fleet::start(PROGRAM, &[]);
    let (server, name) = fleet.database.url.rsplit_once('/').unwrap();
    let place = server.rsplit(['@', '/']).next().unwrap();
    let users = [format!("a_{name}"), format!("b_{name}")];
    for user in &users {
        let password = password_of(user);
        fleet.database.run(&format!(
            "CREATE USER '{user}'@'%' IDENTIFIED BY '{password}'; GRANT ALL ON {name}.* TO '{user}'@'%'"
        ));
    }
    let secret = format!("{name}/catalog");
    secrets(
        "CreateSecret",
        &json!({ "Name": secret, "SecretString": secret_of(&users[0]), "ClientRequestToken": name.repeat(4) }),
    )
    .await;

    // Whom the URL names is nobody: the secret has the user, too.
    let mut environment = fleet.environment().to_vec();
    environment.extend([
        (
            "TINTYPE_CATALOG_URL".into(),
            format!("mysql://nobody@{place}/{name}"),
        ),
        ("TINTYPE_CATALOG_PASSWORD_SECRET".into(), secret.clone()),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let mut api = Program::launch("api", PROGRAM, folder.path(), &environment);
    api.wait_until_ready();
    let client = api.client(&fleet.key());
    calls_go_on(&client, 1).await;

    secrets(
        "PutSecretValue",
        &json!({ "SecretId": secret, "SecretString": secret_of(&users[1]), "ClientRequestToken": "b".repeat(32) }),
    )
    .await;
    fleet.database.run(&format!("DROP USER '{}'@'%'", users[0]));
    // The server serves those who are in; they may go on, or come in again as the other.
    calls_go_on(&client, 2).await;
    fleet.database.end_sessions(&users[0]);
    calls_go_on(&client, 3).await;
    assert_eq!(
        fleet.database.end_sessions(&users[0]),
        0,
        "who is gone is still there"
    );
    assert!(fleet.database.end_sessions(&users[1]) > 0);
    calls_go_on(&client, 4).await;
    fleet.database.run(&format!("DROP USER '{}'@'%'", users[1]));
}
