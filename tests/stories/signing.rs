//! Signing URLs of delivery over the api.

use std::time::Duration;

use api_types::{Problem, SignRequest};
use axum::http::Request;
use ports::Clock;
use testkit::{Answer, System, TestApp};
use tintype::compose::signing_keys;

const PATH: &str = "/i/019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e/w=800";

async fn sign(app: &System, token: &str, body: &str) -> Answer {
    let request = Request::post("/api/v1/sign").header("cookie", format!("tintype_session={token}"));
    app.send(request.body(body.to_owned().into()).unwrap()).await
}

fn request(path: &str, expires_in_s: Option<u64>) -> SignRequest {
    SignRequest {
        path: Some(path.to_owned()),
        expires_in_s,
        ..SignRequest::default()
    }
}

async fn a_path_is_signed_with_the_key_that_delivery_knows_and_with_an_end(app: System) {
    let (admin, _) = app.admin().await;
    let keys = app.keys();
    let for_ever = admin.sign(&request(PATH, None)).await.unwrap();
    assert_eq!(for_ever.path.as_deref(), Some(&*keys.sign(PATH).unwrap()));
    assert_eq!((for_ever.paths, for_ever.expires_at), (None, None));

    let before = app.now();
    let an_hour = admin.sign(&request(PATH, Some(3_600))).await.unwrap();
    let end = an_hour.expires_at.unwrap();
    let span = before.as_second() + 3_600..=app.now().as_second() + 3_600;
    assert!(span.contains(&end.as_second()), "{end} is not in {span:?}");
    assert_eq!(
        end.subsec_nanosecond(),
        0,
        "an end is told as it stands in the URL"
    );
    let path = an_hour.path.unwrap();
    let kid = keys.kids().next().unwrap();
    assert!(
        path.starts_with(&format!("{PATH},exp={},kid={kid},sig=", end.as_second())),
        "{path}"
    );
    assert_eq!(keys.verify(&path), Ok(()));
}

#[tokio::test]
async fn urls_that_are_signed_again_are_the_same_for_a_while() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    let day = 24 * 60 * 60;
    let request = SignRequest {
        paths: Some(vec![PATH.to_owned(), format!("{PATH}/ä.jpg")]),
        expires_in_s: Some(day),
        round_up_to_s: Some(day),
        ..SignRequest::default()
    };
    let first = admin.sign(&request).await.unwrap();
    let end = first.expires_at.unwrap().as_second();
    assert_eq!(end % 86_400, 0);
    let left = end - app.clock.now().as_second();
    assert!((86_400..2 * 86_400).contains(&left), "{left}");
    assert_eq!(
        admin.sign(&request).await.unwrap(),
        first,
        "a cache could not have it"
    );
    app.clock.advance(Duration::from_secs(day));
    assert_eq!(
        admin
            .sign(&request)
            .await
            .unwrap()
            .expires_at
            .unwrap()
            .as_second(),
        end + 86_400
    );
    let keys = signing_keys(&app.config).unwrap();
    let paths = first.paths.unwrap();
    assert_eq!(paths.len(), 2);
    for path in paths {
        assert_eq!(keys.verify(&path), Ok(()), "{path}");
    }
}

async fn what_cannot_be_signed_is_refused_with_its_field(app: System) {
    let (_, token) = app.admin().await;
    let many = format!("[{}]", vec!["\"x\""; 301].join(","));
    for (name, body) in [
        (
            "sign-no-delivery-path",
            r#"{"path": "/api/v1/images"}"#.to_owned(),
        ),
        ("sign-a-query", format!(r#"{{"path": "{PATH}?x=1"}}"#)),
        (
            "sign-second-of-two",
            format!(r#"{{"paths": ["{PATH}", "{PATH},dl=%ff"]}}"#),
        ),
        ("sign-too-many", format!(r#"{{"paths": {many}}}"#)),
        ("sign-nothing", "{}".to_owned()),
        (
            "sign-both",
            format!(r#"{{"path": "{PATH}", "paths": ["{PATH}"]}}"#),
        ),
        (
            "sign-for-no-time",
            format!(r#"{{"path": "{PATH}", "expires_in_s": 0}}"#),
        ),
        (
            "sign-rounded-without-an-end",
            format!(r#"{{"path": "{PATH}", "round_up_to_s": 60}}"#),
        ),
    ] {
        let answer = sign(&app, &token, &body).await;
        assert_eq!(answer.status.as_u16(), 422, "{name}: {}", answer.text());
        let problem = Problem {
            request_id: None,
            ..answer.problem()
        };
        insta::assert_json_snapshot!(name, problem);
    }
    for (options, said) in [
        ("w=800,fit=cver", "\"cver\" (position 11)"),
        ("w=800,exp=5,widht=4", "\"widht\" at position 13"),
        ("p=card,exp=5,w=4", "\"w\""),
    ] {
        let path = PATH.replace("w=800", options);
        let answer = sign(&app, &token, &format!(r#"{{"path": "{path}"}}"#)).await;
        assert_eq!(answer.status.as_u16(), 422, "{options}");
        let problem = answer.problem();
        assert!(problem.detail.contains(said), "{}", problem.detail);
        // Delivery says the same of the same text.
        let refused = app.get(&format!("{path},kid=k1,sig=0")).await;
        assert_eq!(refused.status.as_u16(), 400, "{options}");
        assert!(
            problem.detail.contains(&refused.problem().detail),
            "{}",
            problem.detail
        );
    }
    for options in ["p=card", "original", "w=4,exp=5", "w=4,kid=k1", "f=json,alt=true"] {
        let path = PATH.replace("w=800", options);
        let answer = sign(&app, &token, &format!(r#"{{"path": "{path}"}}"#)).await;
        assert_eq!(answer.status.as_u16(), 200, "{options}: {}", answer.text());
    }
    let answer = sign(&app, "nobody's", &format!(r#"{{"path": "{PATH}"}}"#)).await;
    assert_eq!(answer.status.as_u16(), 401);
}

in_each_shape!(
    a_path_is_signed_with_the_key_that_delivery_knows_and_with_an_end,
    what_cannot_be_signed_is_refused_with_its_field,
);
