use axum::http::StatusCode;
use tintype_web::WebConfig;

use crate::stub::{Api, Site, problem};

const FORM: [(&str, &str); 3] = [
    ("email", "ada@example.org"),
    ("password", "secret"),
    ("next", "/trash?x=1"),
];

#[tokio::test]
async fn signing_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let answer = Site::new(Api::default())
        .signed_out()
        .post("/sign-in", &FORM)
        .await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/trash?x=1")
    );
    assert_eq!(
        answer.header("set-cookie"),
        "tintype_session=fresh-token; Path=/; Expires=Thu, 28 May 2026 20:26:40 GMT; HttpOnly; SameSite=Lax"
    );
}

#[tokio::test]
async fn behind_https_the_cookie_is_secure() {
    let always = WebConfig {
        public_https: Some(true),
        ..WebConfig::default()
    };
    let never = WebConfig {
        public_https: Some(false),
        ..WebConfig::default()
    };
    let secure = async |config: WebConfig, proto: &str| {
        let site = Site::configured(Api::default(), config)
            .signed_out()
            .with("x-forwarded-proto", proto);
        site.post("/sign-in", &FORM)
            .await
            .header("set-cookie")
            .ends_with("; Secure")
    };
    assert!(secure(WebConfig::default(), "https").await);
    assert!(secure(WebConfig::default(), "https, http").await);
    assert!(!secure(WebConfig::default(), "http").await);
    assert!(secure(always, "http").await);
    assert!(!secure(never, "https").await);
}

#[tokio::test]
async fn next_never_leads_to_another_site() {
    for next in [
        "//evil.example/",
        "/\\evil.example",
        "https://evil.example/",
        "/\t/evil.example",
        "javascript:alert(1)",
    ] {
        let site = Site::new(Api::default());
        let form = [
            ("email", "ada@example.org"),
            ("password", "secret"),
            ("next", next),
        ];
        assert_eq!(
            site.post("/sign-in", &form).await.header("location"),
            "/",
            "{next:?}"
        );
        let query = percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC);
        assert_eq!(
            site.get(&format!("/sign-in?next={query}"))
                .await
                .header("location"),
            "/",
            "{next:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_password_is_said_and_the_address_is_kept() {
    let site = Site::new(Api::default()).signed_out();
    site.api.lock().unwrap().refusals = vec![problem(
        401,
        "wrong-credentials",
        "The e-mail or the password is wrong.",
        &[],
    )];
    let answer = site.post("/sign-in", &FORM).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    answer.shows("The e-mail or the password is wrong.");
    answer.shows("value=\"ada@example.org\"");
    answer.shows("name=\"next\" value=\"/trash?x=1\"");
    answer.hides("secret");
    assert_eq!(answer.header("set-cookie"), "");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_forgets_the_cookie() {
    let site = Site::new(Api::default());
    let answer = site.post("/sign-out", &[]).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/sign-in")
    );
    assert!(answer.header("set-cookie").starts_with("tintype_session=; "));
    assert!(
        site.api
            .lock()
            .unwrap()
            .calls
            .contains(&"DELETE /api/v1/session".to_owned())
    );
    let again = site.signed_out().post("/sign-out", &[]).await;
    assert_eq!(again.header("location"), "/sign-in");
}

#[tokio::test]
async fn set_up_shows_what_is_wrong_with_the_password() {
    let site = Site::new(Api {
        needs_setup: true,
        ..Api::default()
    })
    .signed_out();
    site.get("/setup?token=abc")
        .await
        .shows("name=\"token\" value=\"abc\"");
    site.get("/setup").await.shows("That link is not whole");
    site.api.lock().unwrap().refusals = vec![problem(
        422,
        "invalid-fields",
        "One field is wrong.",
        &[("/password", "must have at least 12 characters")],
    )];
    let form = [
        ("token", "abc"),
        ("email", "ada@example.org"),
        ("password", "short"),
    ];
    let answer = site.post("/setup", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("Password must have at least 12 characters.");
    answer.shows("value=\"ada@example.org\"");
    answer.shows("name=\"token\" value=\"abc\"");

    let answer = site.post("/setup", &form).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/")
    );
    assert!(
        answer
            .header("set-cookie")
            .starts_with("tintype_session=fresh-token; ")
    );
}

#[tokio::test]
async fn a_used_set_up_link_leads_to_signing_in() {
    Site::new(Api::default())
        .signed_out()
        .get("/setup?token=abc")
        .await
        .shows("Already set up");
}
