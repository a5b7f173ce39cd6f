use api_client::{ApiClient, HttpTransport, in_process};
use axum::{Router, http::StatusCode};

use crate::stub::{Api, Site, id, image, problem};

#[tokio::test]
async fn an_unknown_path_is_a_404_page() {
    let answer = Site::new(Api::default()).get("/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    answer.shows("Nothing here");
}

#[tokio::test]
async fn a_wrong_method_is_a_page_that_keeps_the_allowed_ones() {
    let answer = Site::new(Api::default()).get("/sign-out").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), "POST");
    answer.shows("That does not work here");
}

#[tokio::test]
async fn an_api_out_of_reach_is_a_503_page_that_tries_again() {
    // Nothing listens on port 1, and the system says so at once.
    let client = ApiClient::new(HttpTransport::new("http://127.0.0.1:1").unwrap().boxed());
    let site = Site::over(client).with("cookie", "tintype_session=good");
    for path in [
        "/".to_owned(),
        "/trash".into(),
        format!("/images/{}", id(1)),
        "/sign-in".into(),
    ] {
        let answer = site.get(&path).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.header("refresh"), "5");
        answer.shows("out of reach");
        answer.shows("tries again");
    }
    let answer = site
        .post("/sign-in", &[("email", "a@b.c"), ("password", "x")])
        .await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("refresh"), "", "a form is not sent again by itself");
}

#[tokio::test]
async fn an_answer_that_is_no_answer_is_our_fault() {
    let answer = Site::over(ApiClient::new(in_process(Router::new())))
        .get("/trash")
        .await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    answer.shows("Something broke");
}

#[tokio::test]
async fn another_problem_is_shown_with_its_detail_and_the_requests_id() {
    let site = Site::new(Api {
        images: vec![image(1)],
        ..Api::default()
    })
    .with("x-request-id", "request-7");
    site.api.lock().unwrap().refusals = vec![problem(403, "forbidden", "Viewers cannot <delete>.", &[])];
    let answer = site.post(&format!("/images/{}/trash", id(1)), &[]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    answer.shows("Viewers cannot &#60;delete&#62;.");
    answer.shows("request-7");
}

#[tokio::test]
async fn a_form_that_cannot_be_read_is_a_page() {
    let site = Site::new(Api {
        images: vec![image(1)],
        ..Api::default()
    });
    let answer = site
        .post(&format!("/images/{}", id(1)), &[("version", "many")])
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    answer.shows("That could not be read");
}

#[tokio::test]
async fn every_page_has_a_content_security_policy_and_is_private() {
    let site = Site::new(Api {
        images: vec![image(1)],
        ..Api::default()
    });
    for path in [
        "/".to_owned(),
        "/trash".into(),
        format!("/images/{}", id(1)),
        "/setup".into(),
        "/nowhere".into(),
    ] {
        let answer = site.get(&path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("script-src 'self';") && policy.contains("style-src 'self';"),
            "{path}: {policy}"
        );
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("cache-control"), "private, no-cache", "{path}");
    }
}
