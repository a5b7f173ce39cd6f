use api_types::WebhookResource;
use axum::http::StatusCode;
use domain::{Role, WebhookState};

use crate::stub::{Api, Site, at, problem, webhook};

fn site() -> Site {
    let failing = WebhookResource {
        kinds: vec!["image.ready".into(), "image.failed".into()],
        failing_since: Some(at(30)),
        last_error: Some("It answered 503.".into()),
        delivered_at: Some(at(29)),
        waiting: 17,
        ..webhook(2)
    };
    let disabled = WebhookResource {
        url: "https://example.org/<script>".into(),
        state: WebhookState::Disabled,
        last_error: Some("It took no message for 24 hours. It answered 500.".into()),
        ..webhook(3)
    };
    Site::new(Api {
        webhooks: vec![webhook(1), failing, disabled],
        ..Api::default()
    })
}

#[tokio::test]
async fn the_page_says_how_each_webhook_fares() {
    let answer = site().get("/webhooks").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.shows("https://example.org/hooks/1");
    answer.shows("All events");
    answer.shows("no message taken yet");
    answer.shows("<code>image.ready</code>, <code>image.failed</code>");
    answer.shows("17 waiting");
    answer.shows("It answered 503.");
    answer.shows(">Failing<");
    answer.shows(">Disabled<");
    answer.shows("It took no message for 24 hours.");
    answer.shows("https://example.org/&#60;script&#62;");
    answer.shows("value=\"enabled\"");
    answer.shows("href=\"/webhooks\" aria-current=\"page\"");
    answer.hides("whsec_");
}

#[tokio::test]
async fn a_library_without_webhooks_says_what_they_are_for() {
    let answer = Site::new(Api::default()).get("/webhooks").await;
    answer.shows("There are no webhooks yet");
    answer.shows("name=\"kind:image.ready\"");
}

#[tokio::test]
async fn a_new_webhook_shows_its_secret_once() {
    let site = site();
    let form = [
        ("url", " https://example.org/new "),
        ("kind:image.ready", "on"),
        ("kind:image.failed", "on"),
    ];
    let answer = site.post("/webhooks", &form).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.shows("value=\"whsec_Zm9yIHRoaXMgdGVzdCBhbG9uZQ==\"");
    let calls = site.api.lock().unwrap().calls.join("\n");
    let sent = r#"{"url":"https://example.org/new","kinds":["image.failed","image.ready"]}"#;
    assert!(calls.contains(sent), "{calls}");
    site.get("/webhooks").await.hides("whsec_");
}

#[tokio::test]
async fn what_is_refused_stands_in_the_form_with_the_reason() {
    let site = site();
    let said = [("/url", "leads to 127.0.0.1, which is of a private network")];
    site.api.lock().unwrap().refusals = vec![problem(422, "invalid-field", "", &said)];
    let form = [("url", "http://127.0.0.1/\"x"), ("kind:image.ready", "on")];
    let answer = site.post("/webhooks", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("The address leads to 127.0.0.1, which is of a private network.");
    answer.shows("value=\"http://127.0.0.1/&#34;x\"");
    answer.shows("name=\"kind:image.ready\" checked");
    answer.hides("name=\"kind:image.failed\" checked");
}

#[tokio::test]
async fn a_test_message_shows_what_came_of_it() {
    let site = site();
    let path = format!("/webhooks/{}/test", webhook(1).id);
    let answer = site.post(&path, &[]).await;
    answer.shows("The test message was taken, after 34 ms.");
    site.api.lock().unwrap().trial_reason = Some("It could not be reached: connection refused.".into());
    let answer = site.post(&path, &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.shows("The test message was not taken. It could not be reached: connection refused.");
}

#[tokio::test]
async fn enabling_disabling_and_removing_say_so() {
    let site = site();
    let id = webhook(3).id;
    let answer = site
        .post(&format!("/webhooks/{id}/state"), &[("state", "enabled")])
        .await;
    assert_eq!(answer.header("location"), "/webhooks?notice=enabled");
    let calls = site.api.lock().unwrap().calls.join("\n");
    assert!(calls.contains(r#"{"state":"enabled"}"#), "{calls}");
    let answer = site.post(&format!("/webhooks/{id}/remove"), &[]).await;
    assert_eq!(answer.header("location"), "/webhooks?notice=removed");
    site.get("/webhooks?notice=removed")
        .await
        .shows("role=\"status\"");
    for path in ["/webhooks/x/test", "/webhooks/x/remove"] {
        assert_eq!(site.post(path, &[]).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn who_is_no_administrator_is_offered_neither_page() {
    let site = site();
    site.get("/").await.shows("href=\"/webhooks\"");
    site.api.lock().unwrap().role = Some(Role::Editor);
    let answer = site.get("/").await;
    answer.hides("href=\"/webhooks\"");
    answer.hides("href=\"/dead-letters\"");
    assert_eq!(site.get("/webhooks").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn nobody_is_sent_to_sign_in() {
    let answer = site().signed_out().get("/webhooks").await;
    assert_eq!(answer.header("location"), "/sign-in?next=%2Fwebhooks");
}
