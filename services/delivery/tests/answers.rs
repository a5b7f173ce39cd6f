//! What an answer says, and when it needs no body.

mod common;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use common::{Site, id};

const WEBP: &str = "image/avif,image/webp,*/*;q=0.8";

#[tokio::test]
async fn a_picture_is_rendered_and_says_all_that_caches_and_pages_need() {
    let site = Site::new().await;
    let answer = site.get("w=100,f=jpeg").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "image/jpeg");
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    assert_eq!(
        answer.header("cache-control"),
        "public, max-age=3600, stale-while-revalidate=86400"
    );
    assert_eq!(answer.header("cache-tag"), format!("a-{}", id()));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("timing-allow-origin"), "*");
    assert_eq!(
        answer.header("content-security-policy"),
        "default-src 'none'; sandbox"
    );
    assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let timing = answer.header("server-timing");
    assert!(
        timing.starts_with("cache;desc=\"rendered\", wait;dur="),
        "{timing}"
    );
    assert!(
        timing.contains(", read;dur=") && timing.contains(", render;dur="),
        "{timing}"
    );
    assert_eq!(answer.header("accept-ranges"), "bytes");
    let etag = answer.header("etag");
    assert!(
        etag.len() == 34 && etag.starts_with('"') && etag.ends_with('"'),
        "{etag}"
    );
    // The format is fixed, so the answer is the same for every client.
    assert!(!answer.headers.contains_key("vary"));
    let header = turbojpeg::read_header(&answer.body).unwrap();
    assert_eq!((header.width, header.height), (100, 75));
}

#[tokio::test]
async fn what_is_asked_for_beyond_a_size_is_done_to_the_picture() {
    let site = Site::new().await;
    for (options, width, height) in [
        ("w=75,rotate=90,f=jpeg", 75, 100),
        ("w=100,ar=2:1,g=top,f=jpeg", 100, 50),
        ("w=120,border=10:fff,dpr=2,f=jpeg", 240, 190),
        ("w=100,blur=3,sharpen=1,gamma=1.5,saturation=0,f=jpeg", 100, 75),
    ] {
        let answer = site.get(options).await;
        assert_eq!(answer.status, StatusCode::OK, "{options}");
        let header = turbojpeg::read_header(&answer.body).unwrap();
        assert_eq!((header.width, header.height), (width, height), "{options}");
    }
    let gray = site.get("w=100,saturation=0,f=jpeg").await;
    let gray = turbojpeg::decompress(&gray.body, turbojpeg::PixelFormat::RGB).unwrap();
    let spread = |pixel: &[u8]| pixel.iter().max().unwrap() - pixel.iter().min().unwrap();
    assert!(gray.pixels.chunks(3).all(|pixel| spread(pixel) < 8));
}

#[tokio::test]
async fn the_second_request_reads_the_stored_variant() {
    let site = Site::new().await;
    let rendered = site.get("w=100,f=jpeg").await;
    site.blobs.until(1, "has", "/variants/").await;
    let stored = site.get("format=jpeg,width=100").await;
    assert_eq!(stored.header("server-timing"), "cache;desc=\"stored\"");
    assert_eq!(stored.body, rendered.body);
    for name in [
        "etag",
        "content-type",
        "content-length",
        "cache-control",
        "cache-tag",
    ] {
        assert_eq!(stored.header(name), rendered.header(name), "{name}");
    }
    assert_eq!(site.renders(), 1);
}

#[tokio::test]
async fn a_client_that_has_the_answer_is_told_so_and_no_blob_is_read() {
    let site = Site::new().await;
    let etag = site.get("w=100,v=2").await.header("etag").to_owned();
    let opened = site.blobs.count("open", "");
    for tag in [
        etag.clone(),
        format!("W/{etag}"),
        format!("\"x\", {etag}"),
        "*".to_owned(),
    ] {
        let answer = site.get_with("w=100,v=2", "if-none-match", &tag).await;
        assert_eq!(answer.status, StatusCode::NOT_MODIFIED, "{tag}");
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("etag"), etag);
        assert_eq!(answer.header("vary"), "Accept");
        assert_eq!(
            answer.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert_eq!(answer.header("cache-tag"), format!("a-{}", id()));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert!(!answer.headers.contains_key("content-type"));
    }
    assert_eq!(site.blobs.count("open", ""), opened);
    assert_eq!(
        site.get_with("w=100", "if-none-match", "\"other\"").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_format_follows_accept_and_every_such_answer_says_so() {
    let site = Site::new().await;
    for options in ["w=50", "w=50,f=auto"] {
        let avif = site
            .get_with(options, "accept", "image/avif,image/webp,*/*;q=0.8")
            .await;
        assert_eq!(avif.header("content-type"), "image/avif");
        let webp = site.get_with(options, "accept", "image/webp,*/*").await;
        assert_eq!(webp.header("content-type"), "image/webp");
        assert_eq!(webp.header("vary"), "Accept");
        assert_eq!(&webp.body[8..12], b"WEBP");
        let jpeg = site.get_with(options, "accept", "image/webp;q=0,*/*").await;
        assert_eq!(jpeg.header("content-type"), "image/jpeg");
        assert_eq!(jpeg.header("vary"), "Accept");
        assert_ne!(webp.header("etag"), jpeg.header("etag"));
    }
    site.write_manifest(|manifest| manifest.has_alpha = true).await;
    let png = site.get("w=50").await;
    assert_eq!(png.header("content-type"), "image/png");
    assert_eq!(&png.body[1..4], b"PNG");
    // What is asked for by name is given, whatever the client says.
    assert_eq!(
        site.get_with("w=50,f=webp", "accept", "image/png")
            .await
            .header("content-type"),
        "image/webp"
    );
}

#[tokio::test]
async fn a_name_after_the_options_changes_nothing() {
    let site = Site::new().await;
    let plain = site.get("w=60,f=webp").await;
    let named = site.get("w=60,f=webp/Ein%20Foto.webp").await;
    let encoded = site.get("w%3D60%2Cf=webp").await;
    for answer in [named, encoded] {
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("etag"), plain.header("etag"));
        assert_eq!(answer.body, plain.body);
    }
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let site = Site::new().await;
    let get = site.get("w=70,f=png").await;
    site.blobs.until(1, "has", "/variants/").await;
    let path = format!("/i/{}/w=70,f=png", id());
    let head = site.call(Request::head(path).body(Body::empty()).unwrap()).await;
    assert_eq!(head.status, StatusCode::OK);
    assert!(head.body.is_empty());
    for name in [
        "etag",
        "content-type",
        "content-length",
        "cache-control",
        "cache-tag",
    ] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
}

#[tokio::test]
async fn a_url_of_the_current_version_is_immutable_and_one_of_an_older_version_is_not() {
    let site = Site::new().await;
    let current = site.get("w=50,f=jpeg,v=2").await;
    assert_eq!(
        current.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    let older = site.get("w=50,f=jpeg,v=1").await;
    assert_eq!(older.status, StatusCode::OK);
    assert_eq!(
        older.header("cache-control"),
        "public, max-age=3600, stale-while-revalidate=86400"
    );
    assert_eq!(older.header("etag"), current.header("etag"));
    let unborn = site.get("w=50,f=jpeg,v=3").await;
    assert_eq!(unborn.refusal(), (404, "image-version-not-found".to_owned()));
}

#[tokio::test]
async fn the_smallest_mezzanine_that_is_large_enough_is_rendered_from() {
    let site = Site::new().await;
    for (options, source) in [
        ("w=80,f=jpeg", "/mezzanines/2/80."),
        ("w=40,dpr=2,f=jpeg", "/mezzanines/2/80."),
        ("w=81,f=jpeg", "/mezzanines/2/160."),
        ("w=160,h=160,fit=cover,f=jpeg", "/mezzanines/2/320."),
        ("w=1000,f=jpeg", "/mezzanines/2/320."),
        ("w=1000,f=jpeg,fit=contain", "/mezzanines/2/320."),
        ("f=jpeg", "/mezzanines/2/320."),
    ] {
        let before = site.blobs.count("get", source);
        assert_eq!(site.get(options).await.status, StatusCode::OK, "{options}");
        assert_eq!(site.blobs.count("get", source), before + 1, "{options}");
    }
    assert_eq!(site.blobs.count("get", "originals/"), 0);
}

#[tokio::test]
async fn the_original_is_rendered_from_where_no_mezzanine_is_large_enough() {
    let site = Site::new().await;
    site.write_manifest(|manifest| drop(manifest.mezzanines.remove(0)))
        .await;
    let answer = site.get("w=200,f=jpeg").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(site.blobs.count("get", "originals/"), 1);
    assert_eq!(site.blobs.count("get", "/mezzanines/"), 0);
    assert_eq!(site.get("w=1,f=jpeg").await.status, StatusCode::OK);
    assert_eq!(site.blobs.count("get", "originals/"), 1);
}

/// A site whose image is an animated GIF of a red and a blue frame, beside mezzanines that know nothing of it.
async fn animated_site() -> Site {
    let site = Site::new().await;
    let mut encoder =
        gif::Encoder::new(Vec::new(), 320, 240, &[200, 0, 0, 0, 0, 200]).expect("a GIF of this test");
    encoder
        .set_repeat(gif::Repeat::Infinite)
        .expect("a GIF of this test");
    for colour in 0..2 {
        let frame = gif::Frame {
            width: 320,
            height: 240,
            delay: 10,
            buffer: vec![colour; 320 * 240].into(),
            ..gif::Frame::default()
        };
        encoder.write_frame(&frame).expect("a GIF of this test");
    }
    let bytes = encoder.into_inner().expect("a GIF of this test").leak();
    let original = site.manifest.original.clone();
    site.write(&original, bytes).await;
    site.write_manifest(|manifest| {
        manifest.original_format = domain::ImageFormat::Gif;
        manifest.frames = 2;
    })
    .await;
    site
}

fn frames(gif: &[u8]) -> usize {
    gif::DecodeOptions::new()
        .read_info(gif)
        .expect("a GIF of this test")
        .into_iter()
        .count()
}

#[tokio::test]
async fn an_animation_moves_in_the_format_that_the_client_reads() {
    let site = animated_site().await;
    let webp = site.get_with("w=40", "accept", WEBP).await;
    assert_eq!(webp.header("content-type"), "image/webp");
    assert_eq!(webp.body.windows(4).filter(|name| name == b"ANMF").count(), 2);
    let gif = site.get("w=40").await;
    assert_eq!(gif.header("content-type"), "image/gif");
    assert_eq!(frames(&gif.body), 2);
    let wanted = site.get_with("w=40,f=gif", "accept", WEBP).await;
    assert_eq!(wanted.body, gif.body);
}

#[tokio::test]
async fn an_animation_stands_still_where_that_is_asked_for() {
    let site = animated_site().await;
    let still = site.get("w=40,anim=false").await;
    assert_eq!(still.header("content-type"), "image/jpeg");
    let still = site.get("w=40,anim=false,f=gif").await;
    assert_eq!(frames(&still.body), 1);
    // The second frame is blue, and so is every one behind the end.
    for page in [1, 7] {
        let frame = site.get(&format!("w=40,f=gif,page={page}")).await;
        let mut decoder = gif::DecodeOptions::new().read_info(&frame.body[..]).unwrap();
        let palette = decoder.global_palette().unwrap().to_vec();
        let frame = decoder.read_next_frame().unwrap().unwrap();
        let at = 3 * usize::from(frame.buffer[0]);
        assert_eq!(palette[at..at + 3], [0, 0, 200], "page {page}");
    }
}
