use axum::http::{Method, StatusCode};

use crate::stub::{Api, Site, id, image};

fn site() -> Site {
    let mut trashed = image(1);
    trashed.trashed_at = Some(trashed.updated_at);
    Site::new(Api {
        images: vec![trashed],
        next_cursor: Some("older".into()),
        ..Api::default()
    })
}

#[tokio::test]
async fn the_trash_offers_to_restore_and_to_delete() {
    let site = site();
    let answer = site.get("/trash").await;
    answer.shows("data-action=\"restore\"");
    answer.shows("data-action=\"delete\"");
    answer.shows("href=\"/trash?cursor=older\"");
    let calls = site.api.lock().unwrap().calls.join("\n");
    assert!(calls.contains("view=trash"), "{calls}");
}

#[tokio::test]
async fn restoring_goes_back_to_where_the_button_stood() {
    let path = format!("/images/{}/restore", id(1));
    let answer = site().post(&path, &[("next", "/trash")]).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/trash")
    );
    let answer = site().send(Method::POST, &path, None).await;
    assert_eq!(
        answer.header("location"),
        format!("/images/{}?notice=restored", id(1))
    );
    let answer = site().post(&path, &[("next", "//evil.example")]).await;
    assert_eq!(answer.header("location"), "/");
}

#[tokio::test]
async fn deleting_for_good_asks_first() {
    let site = site();
    let path = format!("/images/{}/delete", id(1));
    let deletion = format!("DELETE /api/v1/images/{}?permanently=true", id(1));
    let answer = site.post(&path, &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.shows("name=\"confirm\" value=\"yes\"");
    assert!(!site.api.lock().unwrap().calls.contains(&deletion));

    let answer = site.post(&path, &[("confirm", "yes")]).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/trash")
    );
    assert!(site.api.lock().unwrap().calls.contains(&deletion));
}
