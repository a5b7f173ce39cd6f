//! A picture is made private, and its URLs are signed for as long as somebody chooses.

use std::time::Duration;

use api_client::Upload;
use domain::ImageState;
use serde_json::json;
use testkit::pictures;

use crate::{eventually::eventually, visitor::Visitor};

#[tokio::test]
async fn a_private_picture_has_a_lock_and_urls_that_say_when_they_end() {
    let visitor = Visitor::is_signed_in().await;
    let client = visitor.program.client(&visitor.program.key());
    let upload = Upload {
        file_name: "garden.jpg".into(),
        body: pictures::photograph(1, 1200, 800, 1).into(),
        idempotency_key: None,
    };
    let id = client.upload(upload).await.unwrap().summary.id;
    eventually(Duration::from_secs(60), async || {
        match client.image(id).await.unwrap().unwrap().summary.state {
            ImageState::Ready => Ok(()),
            state => Err(format!("it is {state}")),
        }
    })
    .await
    .unwrap();

    visitor.visit(&format!("/images/{id}")).await;
    visitor.act("make-private").await;
    visitor.see_element("[data-action=make-public]").await;
    let signed = "const { value } = document.querySelector('#built-url');
        const until = document.querySelector('[data-signed-until]').textContent;
        return /,f=auto,v=1,exp=[0-9]+,kid=k1,sig=[A-Za-z0-9_-]{43}$/.test(value) && until.startsWith('Signed: works until') && value";
    let first = visitor.see("signed URL", signed, json!([])).await;

    visitor.choose("[data-builder] [name=lifetime]", "7").await;
    let later = "const { value } = document.querySelector('#built-url');
        const end = (url) => Number(url.match(/,exp=([0-9]+),/)?.[1]);
        return end(value) - end(arguments[0]) > 500_000 && document.querySelector('#built-snippet').value";
    let snippet = visitor.see("URL for a week", later, json!([first])).await;
    let snippet = snippet.as_str().unwrap();
    assert!(
        snippet.starts_with("<!-- Private picture. Signed: works until 20"),
        "{snippet}"
    );
    assert_eq!(
        snippet.matches("/i/").count(),
        snippet.matches(",sig=").count(),
        "{snippet}"
    );

    visitor.visit("/").await;
    visitor
        .see_element(&format!(".tile[data-id='{id}'] .tile-lock"))
        .await;
    // Its tile and its lock are nothing without the picture.
    let shown = "return document.querySelector('.tile img').naturalWidth > 0";
    visitor.see("picture of the private tile", shown, json!([])).await;
    visitor.assert_nothing_went_wrong_in_scripts();
}
