//! Large files in parts, to the api and straight to a bucket: a network that is lost, a page that is left, a file that has to be
//! chosen again, a change of mind.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use api_client::ApiClient;
use domain::{ImageState, UploadId};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::visitor::{Site, Visitor};

const PART_BYTES: u64 = 8 * 1024 * 1024;

/// So that there is a middle: 60 MB take ten seconds.
const BYTES_A_SECOND: i64 = 6_000_000;

/// How long the worker of a development build may take for twenty megapixels, on a busy machine.
const INGEST_PATIENCE: Duration = Duration::from_secs(240);

/// A BMP of 24 bits: its length is its pixels'.
fn bitmap(file: &Path, width: u32, height: u32) -> Vec<u8> {
    let numbers = [54, 40, width, height, 1 | 24 << 16, 0, 0, 0, 0, 0, 0];
    let mut bytes = [&b"BM"[..], &[0; 8]].concat();
    bytes.extend(numbers.iter().flat_map(|number: &u32| number.to_le_bytes()));
    let pixels = u64::from(width) * u64::from(height);
    bytes
        .extend((0..pixels).flat_map(|pixel| [(pixel >> 14) as u8, (pixel >> 7) as u8, (pixel % 251) as u8]));
    fs::write(file, &bytes).unwrap();
    bytes
}

/// A client that sees everybody's uploads.
fn administrator(visitor: &Visitor<impl Site>) -> ApiClient {
    let scopes = ["key", "add", "--name", "test", "--scopes", "read,write,admin"];
    let made = visitor.program.command(&scopes, "");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    visitor
        .program
        .client(String::from_utf8(made.stdout).unwrap().trim())
}

async fn see_state(visitor: &Visitor<impl Site>, state: &str) {
    visitor
        .see_element(&format!(".upload[data-upload-state={state}]"))
        .await;
}

/// The id of the one upload that is under way.
async fn upload_id(visitor: &Visitor<impl Site>) -> UploadId {
    let script =
        "return fetch('/api/v1/uploads').then((answer) => answer.json()).then((list) => list.uploads[0]?.id)";
    let id = visitor.see("upload under way", script, json!([])).await;
    id.as_str().unwrap().parse().unwrap()
}

/// The parts that are there, once there are `at_least` so many.
async fn stored(client: &ApiClient, id: UploadId, at_least: usize) -> BTreeSet<u64> {
    let look = async || {
        let upload = client
            .direct_upload(id)
            .await
            .map_err(|error| error.to_string())?;
        let parts = upload.ok_or("there is no upload")?.parts;
        let stored: BTreeSet<u64> = parts
            .iter()
            .filter(|part| part.stored)
            .map(|part| part.number.into())
            .collect();
        (stored.len() >= at_least)
            .then_some(stored.clone())
            .ok_or(format!("only {stored:?}"))
    };
    crate::eventually::eventually(Duration::from_secs(60), look)
        .await
        .unwrap()
}

/// A part that the page has sent, and to whom.
struct Sent {
    number: u64,
    origin: String,
}

/// The parts that the page has sent, since it was loaded or last asked.
async fn sent(visitor: &Visitor<impl Site>) -> Vec<Sent> {
    let script = "const sent = performance.getEntriesByType('resource').flatMap(({ name }) => {
            const number = name.match(/\\/parts\\/(\\d+)\\?/)?.[1] ?? new URL(name).searchParams.get('partNumber');
            return number ? [[Number(number), new URL(name).origin]] : [];
        });
        performance.clearResourceTimings();
        return sent";
    let parts: Vec<(u64, String)> = serde_json::from_value(visitor.run(script, json!([])).await).unwrap();
    parts
        .into_iter()
        .map(|(number, origin)| Sent { number, origin })
        .collect()
}

/// Waits until the browser has the file itself, so that the page can be left.
async fn see_file_kept(visitor: &Visitor<impl Site>) {
    let script = "return new Promise((resolve) => {
        const request = indexedDB.open('tintype-uploads');
        request.onsuccess = () => {
            const all = request.result.transaction('uploads').objectStore('uploads').getAll();
            all.onsuccess = () => { request.result.close(); resolve(all.result[0]?.file?.size > 0); };
        };
    })";
    visitor
        .see("file in the browser's keeping", script, json!([]))
        .await;
}

/// Each part once, none of those that were stored, and all of them to `origin`.
fn assert_sends_what_is_missing(sent: &[Sent], stored: &BTreeSet<u64>, origin: &str) {
    let numbers: Vec<u64> = sent.iter().map(|part| part.number).collect();
    let again: Vec<_> = numbers.iter().filter(|part| stored.contains(part)).collect();
    assert!(
        again.is_empty(),
        "parts {again:?} were there, and sent again: {numbers:?}"
    );
    let distinct: BTreeSet<_> = numbers.iter().collect();
    assert_eq!(
        distinct.len(),
        numbers.len(),
        "a part was sent twice: {numbers:?}"
    );
    let elsewhere: Vec<_> = sent.iter().filter(|part| part.origin != origin).collect();
    assert!(
        elsewhere.is_empty(),
        "part {} went to {}, and was to go to {origin}",
        elsewhere[0].number,
        elsewhere[0].origin
    );
}

/// Sixty megabytes on a slow line that is lost in the middle, and a reload after it is back: every part goes to `origin`, and none
/// that arrived goes again.
async fn survives_a_lost_network_and_a_reload(visitor: &Visitor<impl Site>, origin: &str) {
    let client = administrator(visitor);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("panorama.bmp");
    let bytes = bitmap(&file, 5_000, 4_000);
    assert_eq!((bytes.len() as u64).div_ceil(PART_BYTES), 8);

    visitor.emulate_network(false, BYTES_A_SECOND);
    visitor.drop_files(&[&file]).await;
    see_state(visitor, "uploading").await;
    let id = upload_id(visitor).await;
    stored(&client, id, 2).await;
    visitor.emulate_network(true, BYTES_A_SECOND);
    see_state(visitor, "paused").await;
    let before = stored(&client, id, 2).await;
    assert!(before.len() < 7, "it lost its network too late: {before:?}");
    sent(visitor).await;

    visitor.emulate_network(false, BYTES_A_SECOND);
    see_state(visitor, "uploading").await;
    stored(&client, id, before.len() + 1).await;
    see_file_kept(visitor).await;
    assert_sends_what_is_missing(&sent(visitor).await, &before, origin);
    let before = stored(&client, id, before.len() + 1).await;
    visitor.reload().await;
    visitor.see_page("/").await;

    let ready = "return document.querySelector('.upload[data-upload-state=ready]') !== null";
    visitor
        .see_within(INGEST_PATIENCE, "row that went on by itself", ready, json!([]))
        .await;
    let after = sent(visitor).await;
    assert!(!after.is_empty(), "it was reloaded too late");
    assert_sends_what_is_missing(&after, &before, origin);

    let upload = client.direct_upload(id).await.unwrap().unwrap().summary;
    let image = client.image(upload.image_id.unwrap()).await.unwrap().unwrap();
    assert_eq!(
        (image.summary.state, image.summary.size_bytes),
        (ImageState::Ready, bytes.len() as u64)
    );
    let sha256: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(image.sha256, sha256);
    visitor.see_element(".tile[data-state=ready]").await;
    visitor.assert_nothing_went_wrong_in_scripts();
}

#[tokio::test]
async fn sixty_megabytes_survive_a_lost_network_and_a_reload_and_no_part_that_arrived_is_sent_again() {
    let visitor = Visitor::is_signed_in().await;
    let origin = visitor.program.url();
    survives_a_lost_network_and_a_reload(&visitor, &origin).await;
}

/// The browser asks the bucket first whether a page from elsewhere may send there, and the page's policy lets it send there and
/// nowhere else: the emulator and Chromium refuse what is not allowed.
#[tokio::test]
async fn the_same_goes_straight_to_a_bucket_where_there_is_one() {
    let endpoint = std::env::var("TINTYPE_TEST_AWS_ENDPOINT")
        .expect("this test needs MySQL and an AWS emulator: ./test starts both, and says where they are");
    // Browsers know it by another name than the services do.
    let public = endpoint.replace("127.0.0.1", "localhost");
    let visitor = Visitor::is_signed_in_at_services(&[("TINTYPE_BLOBS_PUBLIC_ENDPOINT", &public)]).await;
    survives_a_lost_network_and_a_reload(&visitor, &public).await;
}

#[tokio::test]
async fn a_file_that_the_browser_did_not_keep_is_chosen_again_and_an_upload_can_be_given_up() {
    let visitor = Visitor::is_signed_in().await;
    let client = administrator(&visitor);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("panorama.bmp");
    bitmap(&file, 4_000, 3_000);
    visitor.emulate_network(false, BYTES_A_SECOND);
    visitor.click("#upload-private").await;
    visitor.drop_files(&[&file]).await;
    let id = upload_id(&visitor).await;
    stored(&client, id, 1).await;
    see_file_kept(&visitor).await;
    let lose_file = "return new Promise((resolve) => {
        const request = indexedDB.open('tintype-uploads');
        request.onsuccess = () => {
            const store = request.result.transaction('uploads', 'readwrite').objectStore('uploads');
            const all = store.getAll();
            all.onsuccess = () => {
                const { file, ...rest } = all.result[0];
                store.put(rest).onsuccess = () => { request.result.close(); resolve(true); };
            };
        };
    })";
    visitor.run(lose_file, json!([])).await;
    let before = stored(&client, id, 1).await;
    visitor.reload().await;
    see_state(&visitor, "lost").await;
    assert_eq!(visitor.text("[data-action=retry-upload]").await, "Choose file");

    visitor.drop_files(&[&file]).await;
    see_state(&visitor, "uploading").await;
    stored(&client, id, before.len() + 1).await;
    assert_sends_what_is_missing(&sent(&visitor).await, &before, &visitor.program.url());
    visitor.act("cancel-upload").await;
    visitor.see_no_element(".upload").await;
    let gone = async || match client.direct_upload(id).await {
        Ok(None) => Ok(()),
        other => Err(format!("{other:?}")),
    };
    crate::eventually::eventually(Duration::from_secs(20), gone)
        .await
        .unwrap();

    visitor.reload().await;
    visitor.see_page("/").await;
    let kept = "return document.querySelector('#uploads').hidden";
    visitor
        .see("page that goes on with nothing", kept, json!([]))
        .await;
    visitor.assert_nothing_went_wrong_in_scripts();
}
