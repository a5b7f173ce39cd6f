//! The first administrator, sessions, keys and what they may do.

use api_client::Credential;
use api_types::{SetupRequest, SignInRequest};
use axum::{body::Body, http::Request};
use testkit::{ADMIN_EMAIL, ADMIN_PASSWORD, System, TestApp};

#[tokio::test]
async fn the_set_up_link_works_once() {
    let app = TestApp::new().await;
    assert!(app.nobody().session().await.unwrap().needs_setup);
    let (admin, _) = app.admin().await;
    let session = admin.session().await.unwrap();
    assert_eq!(session.user.unwrap().email, ADMIN_EMAIL);
    assert!(!app.nobody().session().await.unwrap().needs_setup);
    let request = SetupRequest {
        token: "the set-up link's token".into(),
        email: "eve@example.org".into(),
        password: "eve's long password".into(),
    };
    assert_eq!(
        app.nobody().set_up(&request).await.unwrap_err().code(),
        Some("setup-link-invalid")
    );
}

async fn signing_out_ends_the_session(app: System) {
    app.admin().await;
    let request = SignInRequest {
        email: app.email().to_uppercase(),
        password: ADMIN_PASSWORD.into(),
    };
    let signed_in = app.nobody().sign_in(&request).await.unwrap();
    let client = app.nobody().with_credential(Credential::Session(signed_in.token));
    assert!(client.session().await.unwrap().user.is_some());
    client.sign_out().await.unwrap();
    assert!(client.session().await.unwrap().user.is_none());
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    app.clock
        .advance(std::time::Duration::from_secs(31 * 24 * 60 * 60));
    assert!(admin.session().await.unwrap().user.is_none());
}

async fn a_wrong_password_and_an_unknown_address_look_alike(app: System) {
    app.admin().await;
    for (email, password) in [
        (app.email(), "wrong"),
        ("nobody@example.org", ADMIN_PASSWORD),
        ("no address", "x"),
    ] {
        let request = SignInRequest {
            email: email.into(),
            password: password.into(),
        };
        let error = app.nobody().sign_in(&request).await.unwrap_err();
        assert_eq!(
            (error.status(), error.code()),
            (Some(401), Some("wrong-credentials"))
        );
    }
}

#[tokio::test]
async fn after_ten_wrong_passwords_an_address_has_to_wait() {
    let app = TestApp::new().await;
    app.admin().await;
    let sign_in = async |password: &str| {
        let request = SignInRequest {
            email: ADMIN_EMAIL.into(),
            password: password.into(),
        };
        app.nobody().sign_in(&request).await
    };
    for _ in 0..10 {
        assert_eq!(sign_in("wrong").await.unwrap_err().status(), Some(401));
    }
    let error = sign_in(ADMIN_PASSWORD).await.unwrap_err();
    assert_eq!(
        (error.status(), error.code()),
        (Some(429), Some("too-many-attempts"))
    );
    app.clock.advance(std::time::Duration::from_secs(15 * 60));
    sign_in(ADMIN_PASSWORD).await.unwrap();
}

async fn the_page_signs_in_and_its_cookie_is_out_of_reach_for_scripts(app: System) {
    app.admin().await;
    let email = app.email().replace('@', "%40");
    let form = |site: &str| {
        Request::post("/sign-in")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .body(Body::from(format!(
                "email={email}&password=correct+horse+battery+staple&next=%2F"
            )))
            .unwrap()
    };
    let answer = app.send(form("same-origin")).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"));
    let cookie = answer.header("set-cookie");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert_eq!(
        app.send(form("cross-site")).await.problem().code,
        "cross-site-request"
    );
}

in_each_shape!(
    signing_out_ends_the_session,
    a_wrong_password_and_an_unknown_address_look_alike,
    the_page_signs_in_and_its_cookie_is_out_of_reach_for_scripts,
);
