//! Private images: every URL of theirs that a page shows is signed.

use axum::http::StatusCode;
use domain::{ImageState, Visibility};
use tintype_web::WebConfig;

use crate::stub::{Answer, Api, Site, id, image};

fn site() -> Site {
    let mut private = image(1);
    private.visibility = Visibility::Private;
    Site::new(Api {
        images: vec![private, image(2)],
        ..Api::default()
    })
}

/// What the page asks of delivery for this image.
fn delivery_urls(answer: &Answer, number: u8) -> Vec<&str> {
    let start = format!("/i/{}/", id(number));
    let urls = answer.body.match_indices(&start).map(|(at, _)| {
        let rest = &answer.body[at..];
        &rest[..rest.find(['"', ' ']).unwrap()]
    });
    urls.collect()
}

fn times_signed(site: &Site) -> usize {
    let calls = &site.api.lock().unwrap().calls;
    calls
        .iter()
        .filter(|call| call.ends_with(" /api/v1/sign"))
        .count()
}

#[tokio::test]
async fn tiles_of_private_images_have_signed_pictures_and_a_lock() {
    let site = site();
    let answer = site.get("/").await;
    let private = delivery_urls(&answer, 1);
    assert_eq!(private.len(), 5, "{private:?}");
    assert!(
        private.iter().all(|url| url.ends_with(",exp=86400-86400,sig=x")),
        "{private:?}"
    );
    assert!(delivery_urls(&answer, 2).iter().all(|url| !url.contains("sig=")));
    assert_eq!(answer.body.matches("class=\"tile-lock\"").count(), 1);
    assert_eq!(times_signed(&site), 1, "a page is signed at once");
    let tile = site.get(&format!("/images/{}/tile", id(1))).await;
    tile.shows("aria-label=\"Private\"");
    assert!(delivery_urls(&tile, 1).iter().all(|url| url.ends_with("sig=x")));
}

#[tokio::test]
async fn a_library_of_public_images_is_not_signed() {
    let site = Site::new(Api {
        images: vec![image(2)],
        ..Api::default()
    });
    for path in ["/".to_owned(), format!("/images/{}", id(2))] {
        site.get(&path).await.hides("sig=");
    }
    assert_eq!(times_signed(&site), 0);
}

#[tokio::test]
async fn where_delivery_asks_for_signatures_public_images_have_them_too() {
    let api = Api {
        images: vec![image(2)],
        ..Api::default()
    };
    let config = WebConfig {
        signs_public: true,
        ..WebConfig::default()
    };
    let site = Site::configured(api, config);
    for path in ["/".to_owned(), format!("/images/{}", id(2))] {
        let answer = site.get(&path).await;
        let urls = delivery_urls(&answer, 2);
        assert!(
            !urls.is_empty() && urls.iter().all(|url| url.ends_with("sig=x")),
            "{urls:?}"
        );
        answer.hides("tile-lock");
    }
    let page = site.get(&format!("/images/{}", id(2))).await;
    page.shows("data-private=\"false\" data-signed=\"true\"");
    page.shows("<option value=\"\" selected>no end</option>");
}

#[tokio::test]
async fn the_page_of_a_private_image_shows_signed_urls_and_when_they_end() {
    let answer = site().get(&format!("/images/{}", id(1))).await;
    let urls = delivery_urls(&answer, 1);
    assert!(
        !urls.is_empty() && urls.iter().all(|url| url.ends_with("sig=x")),
        "{urls:?}"
    );
    answer.shows("data-private=\"true\"");
    answer.shows("Signed: works until 30 May 2026");
    answer.shows("<strong>Private.</strong>");
    answer.shows("data-action=\"make-public\"");
    answer.hides("data-action=\"make-private\"");
}

#[tokio::test]
async fn who_may_see_an_image_is_changed_without_touching_its_words() {
    let site = site();
    site.api.lock().unwrap().images[1].title = "Ridge".into();
    let page = format!("/images/{}", id(2));
    let answer = site.get(&page).await;
    answer.shows("<strong>Public.</strong>");
    answer.shows("data-action=\"make-private\"");
    let answer = site
        .post(&format!("{page}/visibility"), &[("visibility", "private")])
        .await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, &*format!("{page}?notice=private"))
    );
    let stored = site.api.lock().unwrap().images[1].clone();
    assert_eq!(
        (stored.visibility, stored.title.as_str()),
        (Visibility::Private, "Ridge")
    );
    site.get(answer.header("location")).await.shows("Now private.");
    let answer = site
        .post(&format!("{page}/visibility"), &[("visibility", "secret")])
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_not_ready_has_nothing_to_sign() {
    let mut waiting = image(1);
    (waiting.visibility, waiting.state, waiting.content_version) =
        (Visibility::Private, ImageState::Queued, 0);
    let site = Site::new(Api {
        images: vec![waiting],
        ..Api::default()
    });
    site.get("/").await.shows("class=\"tile-lock\"");
    assert_eq!(times_signed(&site), 0);
}
