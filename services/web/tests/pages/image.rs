use api_types::FailureResource;
use axum::http::StatusCode;
use domain::ImageState;

use crate::stub::{Api, Site, id, image, problem};

fn site() -> Site {
    Site::new(Api {
        images: vec![image(1)],
        ..Api::default()
    })
}

#[tokio::test]
async fn the_page_shows_the_picture_its_details_and_the_url_builder() {
    let answer = site().get(&format!("/images/{}", id(1))).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.shows(&format!("src=\"/i/{}/w=1280,f=auto,v=2\"", id(1)));
    answer.shows("4,032 × 3,024");
    answer.shows("8.4 MB");
    answer.shows("id=\"built-url\"");
    answer.shows(&format!("href=\"/api/v1/images/{}/original\"", id(1)));
    answer.shows("name=\"version\" value=\"3\"");
    for action in ["save", "trash", "copy-url"] {
        answer.shows(&format!("data-action=\"{action}\""));
    }
}

#[tokio::test]
async fn an_image_that_does_not_exist_is_a_404_page() {
    for path in [
        format!("/images/{}", id(9)),
        "/images/nonsense".into(),
        "/images/%ff".into(),
    ] {
        let answer = site().get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        answer.shows("Nothing here");
    }
}

#[tokio::test]
async fn a_failed_image_says_why_and_can_be_tried_again() {
    let mut failed = image(1);
    failed.state = ImageState::Failed;
    failed.failure = Some(FailureResource {
        code: "truncated".into(),
        reason: "The file ends early.".into(),
    });
    let site = Site::new(Api {
        images: vec![failed],
        ..Api::default()
    });
    let answer = site.get(&format!("/images/{}", id(1))).await;
    answer.shows("The file ends early.");
    answer.shows("data-action=\"retry\"");
    answer.hides("built-url");
    let answer = site.post(&format!("/images/{}/retry", id(1)), &[]).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, &*format!("/images/{}", id(1)))
    );
}

#[tokio::test]
async fn a_saved_description_is_sent_with_its_version() {
    let site = site();
    let form = [
        ("title", "Ridge"),
        ("alt_text", "A ridge\r\nat dawn"),
        ("version", "3"),
    ];
    let answer = site.post(&format!("/images/{}", id(1)), &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(
        answer.header("location"),
        format!("/images/{}?notice=saved", id(1))
    );
    let stored = site.api.lock().unwrap().images[0].clone();
    assert_eq!(
        (stored.title.as_str(), stored.alt_text.as_str()),
        ("Ridge", "A ridge\nat dawn")
    );
    site.get(answer.header("location")).await.shows("Saved.");
}

#[tokio::test]
async fn a_refused_title_is_shown_at_its_field_with_what_was_typed() {
    let site = site();
    site.api.lock().unwrap().refusals = vec![problem(
        422,
        "invalid-fields",
        "One field is wrong.",
        &[("/title", "must be at most 300 characters long, and has 10000")],
    )];
    let title = "x".repeat(10_000);
    let form = [
        ("title", title.as_str()),
        ("alt_text", "kept <b>too</b>"),
        ("version", "3"),
    ];
    let answer = site.post(&format!("/images/{}", id(1)), &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("Title must be at most 300 characters long, and has 10000.");
    answer.shows(&title);
    answer.shows("kept &#60;b&#62;too&#60;/b&#62;");
    answer.shows("aria-invalid=\"true\"");
}

#[tokio::test]
async fn somebody_elses_change_is_shown_beside_ones_own() {
    let mut theirs = image(1);
    (theirs.title, theirs.version) = ("Their title".into(), 4);
    let site = Site::new(Api {
        images: vec![theirs],
        ..Api::default()
    });
    let form = [
        ("title", "My title"),
        ("alt_text", ""),
        ("version", "3"),
        ("base_title", "Old title"),
        ("base_alt_text", ""),
    ];
    let answer = site.post(&format!("/images/{}", id(1)), &form).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    answer.shows("Somebody else changed this image");
    answer.shows("<dd>Their title</dd>");
    answer.shows("name=\"title\" type=\"text\" autocomplete=\"off\" placeholder=\"What you call it\" value=\"My title\"");
    answer.shows("name=\"version\" value=\"4\"");
}

#[tokio::test]
async fn a_step_of_the_worker_is_no_reason_to_refuse_a_description() {
    let mut ready_meanwhile = image(1);
    ready_meanwhile.version = 5;
    let site = Site::new(Api {
        images: vec![ready_meanwhile],
        ..Api::default()
    });
    let form = [
        ("title", "Mine"),
        ("alt_text", ""),
        ("version", "3"),
        ("base_title", ""),
        ("base_alt_text", ""),
    ];
    let answer = site.post(&format!("/images/{}", id(1)), &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(site.api.lock().unwrap().images[0].title, "Mine");
}

#[tokio::test]
async fn trashing_goes_to_the_library_with_a_way_back() {
    let answer = site().post(&format!("/images/{}/trash", id(1)), &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), format!("/?trashed={}", id(1)));
}

#[tokio::test]
async fn a_post_without_a_session_leads_back_to_the_images_page() {
    let answer = site()
        .signed_out()
        .post(&format!("/images/{}/trash", id(1)), &[])
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(
        answer.header("location"),
        format!(
            "/sign-in?next=%2Fimages%2F{}",
            id(1).to_string().replace('-', "%2D")
        )
    );
}

#[tokio::test]
async fn a_trashed_image_has_no_picture_and_can_be_restored() {
    let mut trashed = image(1);
    trashed.trashed_at = Some(trashed.updated_at);
    let answer = Site::new(Api {
        images: vec![trashed],
        ..Api::default()
    })
    .get(&format!("/images/{}", id(1)))
    .await;
    answer.shows("data-action=\"restore\"");
    answer.hides("/i/");
    answer.hides("data-action=\"save\"");
}
