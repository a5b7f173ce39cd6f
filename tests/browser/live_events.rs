//! The stream of events comes back after the program was gone, and brings what happened meanwhile.

use std::time::Duration;

use api_client::Upload;
use domain::ImageState;
use serde_json::json;
use testkit::pictures;

use crate::{eventually::eventually, visitor::Visitor};

#[tokio::test]
async fn a_page_that_lost_the_program_shows_what_it_missed_without_reloading() {
    let mut visitor = Visitor::is_signed_in().await;
    let key = visitor.program.key();
    visitor.marks_the_page().await;
    // The page stays away until the picture is ready: what it shows then it can only have by asking for what it missed.
    visitor.set_offline(true);
    visitor.program.kill_and_restart();
    let client = visitor.program.client(&key);
    let image = client
        .upload(Upload {
            file_name: "while-you-were-away.jpg".into(),
            body: pictures::photograph(1, 1200, 800, 1).into(),
            idempotency_key: None,
        })
        .await
        .unwrap();
    let id = image.summary.id;
    eventually(Duration::from_secs(60), async || {
        let image = client.image(id).await.unwrap().unwrap();
        match image.summary.state {
            ImageState::Ready => Ok(()),
            state => Err(format!("it is {state}")),
        }
    })
    .await
    .unwrap();
    visitor.see_element("#link-state:not([hidden])").await;
    visitor.see_no_element(".tile").await;

    visitor.set_offline(false);

    visitor
        .see_element(&format!(".tile[data-id='{id}'][data-state=ready]"))
        .await;
    visitor.see_element("#link-state[hidden]").await;
    visitor.assert_the_page_was_not_reloaded().await;
    let seen = "return document.querySelector('.tile img').naturalWidth > 0";
    visitor.see("picture in the tile", seen, json!([])).await;
    visitor.assert_nothing_went_wrong_in_scripts();
}
