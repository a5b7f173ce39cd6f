use api_types::DeadLetterResource;
use axum::http::StatusCode;
use domain::JobId;

use crate::stub::{Api, Site, at, id};

fn letter(number: u8) -> DeadLetterResource {
    DeadLetterResource {
        id: JobId::new(at(u32::from(number)), [number; 10]),
        kind: "image.ingest".into(),
        image_id: Some(id(number)),
        reason: "the blob store is unavailable: <no space>".into(),
        attempts: 5,
        died_at: at(u32::from(number)),
    }
}

fn site(dead_letters: Vec<DeadLetterResource>) -> Site {
    Site::new(Api {
        dead_letters,
        ..Api::default()
    })
}

#[tokio::test]
async fn each_dead_letter_says_what_it_was_about_and_why_it_died() {
    let of_no_image = DeadLetterResource {
        image_id: None,
        kind: "presets.publish".into(),
        attempts: 1,
        ..letter(2)
    };
    let answer = site(vec![letter(1), of_no_image]).get("/dead-letters").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.shows("<code>image.ingest</code>");
    answer.shows(&format!("href=\"/images/{}\"", id(1)));
    answer.shows("the blob store is unavailable: &#60;no space&#62;");
    answer.shows("5 attempts");
    answer.shows("1 attempt ·");
    answer.shows("<time datetime=");
    answer.shows(&format!("name=\"id\" value=\"{}\"", letter(1).id));
    answer.shows("Try all 4 again");
    answer.shows("And 2 older ones.");
    answer.shows("href=\"/dead-letters\" aria-current=\"page\"");
}

#[tokio::test]
async fn without_any_there_is_nothing_to_press() {
    let answer = site(Vec::new()).get("/dead-letters").await;
    answer.shows("There are none");
    answer.hides("redrive-all");
}

#[tokio::test]
async fn one_is_tried_again_or_all_are() {
    let site = site(vec![letter(1), letter(2)]);
    let one = letter(1).id.to_string();
    let answer = site.post("/dead-letters/redrive", &[("id", one.as_str())]).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/dead-letters?redriven=1")
    );
    let answer = site.post("/dead-letters/redrive", &[("all", "true")]).await;
    assert_eq!(answer.header("location"), "/dead-letters?redriven=2");
    let calls = site.api.lock().unwrap().calls.join("\n");
    assert!(calls.contains(&format!(r#"{{"ids":["{one}"]}}"#)), "{calls}");
    assert!(calls.contains(r#"{"all":true}"#), "{calls}");
    site.get("/dead-letters?redriven=1")
        .await
        .shows("One job is on the way again");
    site.get("/dead-letters?redriven=2")
        .await
        .shows("2 jobs are on the way again");
}

#[tokio::test]
async fn one_is_dismissed_after_a_second_thought() {
    let site = site(vec![letter(1), letter(2)]);
    let one = letter(1).id.to_string();
    let page = site.get("/dead-letters").await;
    page.shows("<summary class=\"button danger quiet small\"");
    page.shows("Its image stays as it is.");
    for expected in ["/dead-letters?dismissed=1", "/dead-letters?dismissed=0"] {
        let answer = site.post("/dead-letters/dismiss", &[("id", one.as_str())]).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (StatusCode::SEE_OTHER, expected)
        );
    }
    let calls = site.api.lock().unwrap().calls.join("\n");
    assert!(calls.contains(&format!(r#"{{"ids":["{one}"]}}"#)), "{calls}");
    let page = site.get("/dead-letters?dismissed=1").await;
    page.shows("It is dismissed");
    page.hides(&one);
    site.get("/dead-letters?dismissed=0")
        .await
        .shows("It is gone already");
}

#[tokio::test]
async fn nobody_is_sent_to_sign_in() {
    let answer = site(Vec::new()).signed_out().get("/dead-letters").await;
    assert_eq!(answer.header("location"), "/sign-in?next=%2Fdead%2Dletters");
}
