use api_types::UploadTerms;
use axum::http::StatusCode;
use domain::{ImageState, Visibility};

use crate::stub::{Api, Site, id, image};

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_sign_in_and_back() {
    let answer = Site::new(Api::default()).signed_out().get("/?cursor=abc").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/sign-in?next=%2F%3Fcursor%3Dabc");
}

#[tokio::test]
async fn a_forged_session_is_forgotten() {
    let site = Site::new(Api::default()).with("cookie", "tintype_session=forged");
    for path in [
        "/",
        "/trash",
        &format!("/images/{}", id(1)),
        &format!("/images/{}/tile", id(1)),
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.header("location").starts_with("/sign-in?next="), "{path}");
        assert!(
            answer
                .header("set-cookie")
                .starts_with("tintype_session=; Path=/; Expires=Thu, 01 Jan 1970")
        );
    }
}

#[tokio::test]
async fn a_library_without_an_administrator_says_where_the_set_up_link_is() {
    let answer = Site::new(Api {
        needs_setup: true,
        ..Api::default()
    })
    .signed_out()
    .get("/")
    .await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.shows("set-up link");
}

#[tokio::test]
async fn the_grid_shows_tiles_and_where_to_listen_from() {
    let site = Site::new(Api {
        images: vec![image(2), image(1)],
        ..Api::default()
    });
    let answer = site.get("/").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.shows("data-event-sequence=\"41\"");
    for number in [1, 2] {
        answer.shows(&format!("href=\"/images/{}\"", id(number)));
        answer.shows(&format!("src=\"/i/{}/w=480,f=auto,v=2\"", id(number)));
        answer.shows(&format!("/i/{}/w=960,f=auto,v=2 960w", id(number)));
    }
    answer.shows("<li class=\"tile r135\" data-id=");
    answer.shows("id=\"file-input\"");
    answer.hides("data-next");
    let calls = site.api.lock().unwrap().calls.join("\n");
    assert!(
        calls.contains("GET /api/v1/images?view=library&limit=60"),
        "{calls}"
    );
}

#[tokio::test]
async fn a_title_with_html_in_it_is_text() {
    let mut hostile = image(1);
    hostile.title = "<script>alert(1)</script>".into();
    hostile.alt_text = "\" onerror=\"alert(1)".into();
    let site = Site::new(Api {
        images: vec![hostile],
        ..Api::default()
    });
    for path in [
        "/".to_owned(),
        format!("/images/{}", id(1)),
        format!("/images/{}/tile", id(1)),
    ] {
        let answer = site.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        answer.hides("<script>alert");
        answer.hides("\" onerror");
        answer.shows("&#60;script&#62;alert(1)");
    }
}

#[tokio::test]
async fn the_link_to_older_images_carries_the_cursor() {
    let site = Site::new(Api {
        images: vec![image(1)],
        next_cursor: Some("a/b+c=".into()),
        ..Api::default()
    });
    let answer = site.get("/").await;
    answer.shows("href=\"/?cursor=a%2Fb%2Bc%3D\"");
    let answer = site.get("/?cursor=a%2Fb%2Bc%3D").await;
    answer.shows("data-first-page=\"false\"");
    let calls = site.api.lock().unwrap().calls.join("\n");
    assert!(calls.contains("&cursor=a%2Fb%2Bc%3D"), "{calls}");
}

#[tokio::test]
async fn an_image_that_is_not_ready_has_a_state_and_no_picture() {
    let mut waiting = image(1);
    waiting.state = ImageState::Processing;
    (waiting.width, waiting.height, waiting.thumbhash) = (None, None, None);
    let answer = Site::new(Api {
        images: vec![waiting],
        ..Api::default()
    })
    .get(&format!("/images/{}/tile", id(1)))
    .await;
    answer.shows("data-state=\"processing\"");
    answer.shows("Processing");
    answer.hides("<img");
    answer.hides("<html");
}

#[tokio::test]
async fn a_small_original_is_not_asked_for_in_sizes_it_does_not_have() {
    let mut small = image(1);
    (small.width, small.height) = (Some(400), Some(300));
    let answer = Site::new(Api {
        images: vec![small],
        ..Api::default()
    })
    .get("/")
    .await;
    answer.shows("w=480,f=auto,v=2 400w");
    answer.hides("w=640,f=auto");
}

#[tokio::test]
async fn after_trashing_the_library_offers_it_back() {
    let mut trashed = image(1);
    trashed.trashed_at = Some(trashed.updated_at);
    let site = Site::new(Api {
        images: vec![trashed],
        ..Api::default()
    });
    let answer = site.get(&format!("/?trashed={}", id(1))).await;
    answer.shows(&format!("action=\"/images/{}/restore\"", id(1)));
    answer.shows("Undo");
    site.get("/?trashed=nonsense").await.hides("Undo");
}

#[tokio::test]
async fn the_request_id_goes_on_to_the_api() {
    let site = Site::new(Api::default()).with("x-request-id", "request-7");
    site.get("/").await;
    let ids = site.api.lock().unwrap().request_ids.clone();
    assert!(
        !ids.is_empty() && ids.iter().all(|id| id == "request-7"),
        "{ids:?}"
    );
}

fn terms(origin: Option<&str>, default_visibility: Visibility) -> Api {
    Api {
        uploads: Some(UploadTerms {
            max_bytes: 300 * 1024 * 1024,
            default_visibility,
            origin: origin.map(str::to_owned),
        }),
        ..Api::default()
    }
}

#[tokio::test]
async fn the_library_may_send_to_the_bucket_that_the_api_names_and_no_other_page_may() {
    let bucket = "https://pictures.s3.eu-central-1.amazonaws.com";
    let site = Site::new(terms(Some(bucket), Visibility::Public));
    let policy = |answer: &crate::stub::Answer| answer.header("content-security-policy").to_owned();
    let library = policy(&site.get("/").await);
    assert!(
        library.contains(&format!("connect-src 'self' {bucket};")),
        "{library}"
    );
    assert!(library.contains("frame-ancestors 'none'"), "{library}");
    for path in ["/trash", "/presets"] {
        assert!(
            policy(&site.get(path).await).contains("connect-src 'self';"),
            "{path}"
        );
    }
    for none in [None, Some("https://x; script-src *")] {
        let site = Site::new(terms(none, Visibility::Public));
        assert!(
            policy(&site.get("/").await).contains("connect-src 'self';"),
            "{none:?}"
        );
    }
}

#[tokio::test]
async fn the_panel_of_uploads_knows_what_the_api_takes() {
    let private = Site::new(terms(None, Visibility::Private)).get("/").await;
    private.shows("id=\"upload-private\" checked");
    private.shows("data-max-bytes=\"314572800\"");
    private.shows("up to 300&nbsp;MiB each");
    let former = Site::new(Api::default()).get("/").await;
    former.shows("id=\"upload-private\">");
    former.shows("data-max-bytes=\"104857600\"");
}
