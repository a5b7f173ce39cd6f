//! Server-sent events: told in order, and resumed where a browser was.

use axum::{
    body::Body,
    http::{Request, header},
};
use domain::EventKind;
use testkit::{TestApp, pictures};
use tower::ServiceExt;

use crate::upload;

/// Reads the stream up to its first `count` events: id and kind of each.
async fn listen(
    app: &TestApp,
    token: &str,
    path: &str,
    last_event_id: Option<&str>,
    count: usize,
) -> Vec<(u64, String)> {
    let mut request = Request::get(path).header(header::COOKIE, format!("tintype_session={token}"));
    if let Some(id) = last_event_id {
        request = request.header("last-event-id", id);
    }
    let response = app
        .routes()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut body = response.into_body();
    let mut text = String::new();
    while text.matches("\ndata: ").count() < count || !text.ends_with("\n\n") {
        let frame = http_body_util::BodyExt::frame(&mut body).await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
    }
    let field = |block: &str, name: &str| {
        block
            .lines()
            .find_map(|line| line.strip_prefix(name).map(str::to_owned))
    };
    text.split("\n\n")
        .filter_map(|block| Some((field(block, "id: ")?.parse().unwrap(), field(block, "event: ")?)))
        .collect()
}

#[tokio::test]
async fn a_browser_that_comes_back_goes_on_where_it_was() {
    let app = TestApp::new().await;
    let (admin, token) = app.admin().await;
    upload(&admin, "a.jpg", pictures::jpeg(&pictures::scene(1, 64, 64))).await;
    app.drain().await;
    let names = |kinds: &[EventKind]| {
        kinds
            .iter()
            .map(|kind| kind.name().to_owned())
            .collect::<Vec<_>>()
    };
    let all = listen(&app, &token, "/api/v1/events?after=0", None, 3).await;
    let (ids, kinds): (Vec<u64>, Vec<String>) = all.into_iter().unzip();
    assert_eq!(ids, [1, 2, 3]);
    assert_eq!(
        kinds,
        names(&[EventKind::Accepted, EventKind::Processing, EventKind::Ready])
    );
    let rest = listen(&app, &token, "/api/v1/events?after=0", Some("2"), 1).await;
    assert_eq!(rest, [(3, EventKind::Ready.name().to_owned())]);
}

#[tokio::test]
async fn an_open_browser_is_told_at_once() {
    let app = TestApp::new().await;
    let (admin, token) = app.admin().await;
    let told = listen(&app, &token, "/api/v1/events", None, 3);
    let happening = async {
        upload(&admin, "a.jpg", pictures::jpeg(&pictures::scene(1, 64, 64))).await;
        app.drain().await;
    };
    let (told, ()) = tokio::join!(told, happening);
    assert_eq!(told.len(), 3);
}
