use axum::http::StatusCode;

use crate::stub::{Api, Site};

#[tokio::test]
async fn linked_files_are_served_for_ever() {
    let site = Site::new(Api::default());
    let page = site.get("/").await;
    let links: Vec<_> = page
        .body
        .split('"')
        .filter(|part| part.starts_with("/static/"))
        .collect();
    assert_eq!(links.len(), 3, "{links:?}");
    for link in links {
        let answer = site.get(link).await;
        assert_eq!(answer.status, StatusCode::OK, "{link}");
        assert_eq!(
            answer.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
    }
}

#[tokio::test]
async fn another_releases_hash_gets_the_file_but_no_cache_keeps_it() {
    let answer = Site::new(Api::default())
        .get("/static/0123456789abcdef/style.css")
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "text/css; charset=utf-8");
}

#[tokio::test]
async fn a_file_that_is_not_embedded_is_a_404_page() {
    for path in [
        "/static/0123456789abcdef/secret.txt",
        "/static/x/..%2f..%2fCargo.toml",
        "/static/x/%ff",
    ] {
        let answer = Site::new(Api::default()).get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_icon_is_where_browsers_look_for_it() {
    let answer = Site::new(Api::default()).get("/favicon.ico").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (StatusCode::OK, "image/svg+xml")
    );
}
