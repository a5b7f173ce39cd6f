//! The main job: ten photographs from a folder to the page, to a URL, to the trash and back.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};
use testkit::{ADMIN_EMAIL, ADMIN_PASSWORD, pictures};

use crate::visitor::Visitor;

/// How long ten photographs may take from the drop to being ready, in a development build on a busy machine.
const INGEST_PATIENCE: Duration = Duration::from_secs(240);

/// Every EXIF orientation, and the two that telephones write most once more.
const ORIENTATIONS: [u8; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 1, 6];

#[tokio::test]
async fn ten_photographs_go_from_the_drop_to_a_url_and_through_the_trash_and_back() {
    let visitor = Visitor::arrives_first().await;
    let folder = tempfile::tempdir().unwrap();
    let photographs = take_photographs(folder.path());
    set_up_sign_out_and_sign_in(&visitor).await;

    visitor.marks_the_page().await;
    let files: Vec<_> = photographs.iter().map(PathBuf::as_path).collect();
    visitor.drop_files(&files).await;
    see_all_ready(&visitor).await;
    visitor.assert_the_page_was_not_reloaded().await;

    let ids = ids_by_name(&visitor).await;
    for (orientation, photograph) in ORIENTATIONS.into_iter().zip(&photographs) {
        assert_stands_upright(&visitor, &ids[&name_of(photograph)], orientation).await;
    }

    // Orientation 6: a telephone held upright.
    let name = name_of(&photographs[5]);
    let id = &ids[&name];
    visitor.act("close-uploads").await;
    visitor.click(&format!(".tile[data-id='{id}'] a")).await;
    visitor.see_page(&format!("/images/{id}")).await;
    assert_metadata_is_shown(&visitor, &name).await;
    let url = build_url(&visitor).await;
    assert_serves_webp(&visitor, &url).await;
    describe(&visitor).await;
    throw_away_and_restore(&visitor, id, &url).await;
    visitor.assert_nothing_went_wrong_in_scripts();
}

/// Twelve megapixels each, as the sensor has them: 4000 × 3000.
fn take_photographs(folder: &Path) -> Vec<PathBuf> {
    let numbered = (1..).zip(ORIENTATIONS);
    let take = |(number, orientation): (u64, u8)| {
        let file = folder.join(format!("photo-{number:02}.jpg"));
        let (width, height) = upright(orientation);
        fs::write(&file, pictures::photograph(number, width, height, orientation)).unwrap();
        file
    };
    numbered.map(take).collect()
}

/// What a photograph with this orientation measures when it is seen upright.
fn upright(orientation: u8) -> (usize, usize) {
    if orientation >= 5 {
        (3000, 4000)
    } else {
        (4000, 3000)
    }
}

fn name_of(photograph: &Path) -> String {
    photograph.file_name().unwrap().to_str().unwrap().to_owned()
}

async fn set_up_sign_out_and_sign_in(visitor: &Visitor) {
    let link = visitor.program.set_up_link().expect("the first start prints it");
    visitor.open(link).await;
    visitor.fill("#email", ADMIN_EMAIL).await;
    visitor.fill("#password", ADMIN_PASSWORD).await;
    visitor.act("set-up").await;
    visitor.see_page("/").await;

    visitor.click("[data-menu] summary").await;
    visitor.act("sign-out").await;
    visitor.see_page("/sign-in").await;
    visitor.visit("/").await;
    visitor.see_page("/sign-in").await;

    visitor.signs_in_with(ADMIN_PASSWORD).await;
    visitor.see_page("/").await;
}

async fn see_all_ready(visitor: &Visitor) {
    let all = json!([ORIENTATIONS.len()]);
    let rows = "return document.querySelectorAll('.upload').length === arguments[0]";
    visitor.see("row for each file", rows, all.clone()).await;
    let ready = "const count = (css) => document.querySelectorAll(css).length;
        const [all] = arguments;
        return count('.tile[data-state=ready]') === all && count('.upload[data-upload-state=ready]') === all;";
    visitor
        .see_within(INGEST_PATIENCE, "library of ten ready tiles and rows", ready, all)
        .await;
    let pictures = "return [...document.querySelectorAll('.tile img')].some((img) => img.naturalWidth > 0)";
    visitor.see("picture in a tile", pictures, json!([])).await;
}

async fn ids_by_name(visitor: &Visitor) -> BTreeMap<String, String> {
    let script = "return Object.fromEntries([...document.querySelectorAll('.tile')]
        .map((tile) => [tile.querySelector('.tile-name').textContent.trim(), tile.dataset.id]))";
    let ids = visitor.run(script, json!([])).await;
    serde_json::from_value(ids).unwrap()
}

/// Looks at the corners of what is delivered: red and green above, blue and yellow below.
async fn assert_stands_upright(visitor: &Visitor, id: &str, orientation: u8) {
    // A full queue of renders answers 429 at once, on purpose: then the test asks again, as pages do.
    let script = "const [url] = arguments;
        return (async () => {
            const response = await fetch(url);
            if (response.status === 429) return null;
            if (!response.ok) return { status: response.status };
            const bitmap = await createImageBitmap(await response.blob());
            const { width, height } = bitmap;
            const context = new OffscreenCanvas(width, height).getContext('2d');
            context.drawImage(bitmap, 0, 0);
            const inset = 12;
            const colour = (x, y) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)];
            const [right, bottom] = [width - inset, height - inset];
            const corners = [[inset, inset], [right, inset], [inset, bottom], [right, bottom]];
            return { width, height, colours: corners.map(([x, y]) => colour(x, y)) };
        })();";
    let url = format!("/i/{id}/w=400,f=png");
    let seen = visitor
        .see(&format!("answer to {url}"), script, json!([url]))
        .await;
    let (width, height) = upright(orientation);
    assert_eq!(seen["width"], 400, "orientation {orientation}: {seen}");
    let expected_height = (400 * height).div_ceil(width);
    let got_height = usize::try_from(seen["height"].as_u64().unwrap()).unwrap();
    assert!(
        got_height.abs_diff(expected_height) <= 1,
        "orientation {orientation}: {seen}"
    );
    let corners = [
        ("top left", [220, 20, 20]),
        ("top right", [20, 200, 20]),
        ("bottom left", [20, 20, 220]),
        ("bottom right", [220, 220, 20]),
    ];
    for (index, (corner, expected)) in corners.into_iter().enumerate() {
        let got: [u8; 3] = serde_json::from_value(seen["colours"][index].clone()).unwrap();
        let near = got
            .iter()
            .zip(expected)
            .all(|(got, expected)| got.abs_diff(expected) <= 25);
        assert!(
            near,
            "orientation {orientation}, {corner}: {got:?} is not {expected:?}"
        );
    }
}

async fn assert_metadata_is_shown(visitor: &Visitor, name: &str) {
    assert_eq!(visitor.text("h1").await, name);
    let script = "return Object.fromEntries([...document.querySelectorAll('.facts dt')]
        .map((term) => [term.textContent.trim(), term.nextElementSibling.textContent.trim()]))";
    let facts = visitor.run(script, json!([])).await;
    let fact = |label: &str| facts[label].as_str().unwrap_or_default().to_owned();
    assert!(fact("Dimensions").starts_with("3,000 × 4,000"), "{facts}");
    assert!(fact("Camera").contains("Test Camera 1"), "{facts}");
    assert!(fact("File").starts_with("JPEG"), "{facts}");
    let swatches = visitor
        .run("return document.querySelectorAll('.swatch').length", json!([]))
        .await;
    assert!(
        swatches.as_u64().unwrap() > 1,
        "the palette has {swatches} colours"
    );
}

/// Asks the builder for a WebP of 800 pixels; the URL it gives.
async fn build_url(visitor: &Visitor) -> String {
    visitor.fill("[data-builder] [name=width]", "800").await;
    visitor.choose("[data-builder] [name=format]", "W").await;
    let script =
        "const { value } = document.querySelector('#built-url'); return value.includes('f=webp') && value";
    let url = visitor.see("URL of a WebP", script, json!([])).await;
    let url = url.as_str().unwrap().to_owned();
    assert!(url.contains("/w=800,"), "{url}");
    let rendered = "const caption = document.querySelector('[data-builder-caption]').textContent;
        return caption.includes('WEBP') && caption";
    let caption = visitor.see("preview of the WebP", rendered, json!([])).await;
    assert!(caption.as_str().unwrap().starts_with("800 × 1067"), "{caption}");
    // What turning does to the size stands in the snippet as soon as the preview tells it.
    for (turn, size) in [
        ("90", "width=\"800\" height=\"600\""),
        ("", "width=\"800\" height=\"1067\""),
    ] {
        let script = "const [turn, size] = arguments;
            const field = document.querySelector('[data-builder] [name=rotate]');
            if (field.value !== turn) {
              field.value = turn;
              field.dispatchEvent(new Event('input', { bubbles: true }));
            }
            return document.querySelector('#built-snippet').value.includes(size)";
        visitor
            .see("size in the snippet", script, json!([turn, size]))
            .await;
    }
    url
}

async fn assert_serves_webp(visitor: &Visitor, url: &str) {
    let served = fetch(visitor, url).await;
    assert_eq!(served["status"], 200, "{served}");
    assert_eq!(served["type"], "image/webp", "{served}");
    assert_eq!([&served["width"], &served["height"]], [800, 1067], "{served}");
    assert!(served["size_bytes"].as_u64().unwrap() > 1000, "{served}");
}

/// What delivery answers, past the browser's own cache.
async fn fetch(visitor: &Visitor, url: &str) -> Value {
    visitor.run(FETCH, json!([url])).await
}

const FETCH: &str = "const [url] = arguments;
    return (async () => {
        const response = await fetch(url, { cache: 'no-store' });
        const blob = await response.blob();
        const bitmap = response.ok ? await createImageBitmap(blob) : null;
        return {
            status: response.status,
            type: response.headers.get('content-type'),
            size_bytes: blob.size,
            width: bitmap?.width,
            height: bitmap?.height,
        };
    })();";

async fn see_status(visitor: &Visitor, url: &str, status: u16) {
    let script = "const [url, status] = arguments;
        return fetch(url, { cache: 'no-store' }).then((response) => response.status === status)";
    visitor
        .see(&format!("{status} from {url}"), script, json!([url, status]))
        .await;
}

async fn describe(visitor: &Visitor) {
    let (title, alt_text) = (
        "The harbour at noon",
        "Five boats, and a gull <on a post> & \"watching\"",
    );
    visitor.fill("#title", title).await;
    visitor.fill("#alt_text", alt_text).await;
    visitor.act("save").await;
    visitor.see_element("[data-notice]").await;

    visitor.reload().await;

    visitor.see_no_element("[data-notice]").await;
    assert_eq!(visitor.text("h1").await, title);
    assert_eq!(visitor.value("#title").await, title);
    assert_eq!(visitor.value("#alt_text").await, alt_text);
    let alt = visitor
        .run("return document.querySelector('.stage img').alt", json!([]))
        .await;
    assert_eq!(alt, alt_text);
}

async fn throw_away_and_restore(visitor: &Visitor, id: &str, url: &str) {
    let tile = format!(".tile[data-id='{id}']");
    visitor.act("trash").await;
    visitor.see_page("/").await;
    visitor.see_element(".tile").await;
    visitor.see_no_element(&tile).await;
    // The manifest that delivery reads is withdrawn by a job.
    see_status(visitor, url, 404).await;

    visitor.click(".nav [href='/trash']").await;
    visitor.see_page("/trash").await;
    visitor
        .click(&format!(".card[data-id='{id}'] [data-action=restore]"))
        .await;
    visitor.see_no_element(".card").await;
    visitor.click(".nav [href='/']").await;
    visitor.see_page("/").await;
    visitor.see_element(&format!("{tile}[data-state=ready]")).await;
    see_status(visitor, url, 200).await;
    assert_serves_webp(visitor, url).await;
}
