//! What the pages say when something is wrong.

use std::fs;

use serde_json::json;
use testkit::{ADMIN_EMAIL, pictures};

use crate::visitor::Visitor;

#[tokio::test]
async fn a_dropped_file_that_is_no_picture_fails_with_the_reason_and_the_others_go_on() {
    let visitor = Visitor::is_signed_in().await;
    let folder = tempfile::tempdir().unwrap();
    let [text, picture] = ["notes.txt", "picture.jpg"].map(|name| folder.path().join(name));
    fs::write(&text, "Buy milk, and find the red bicycle.\n").unwrap();
    fs::write(&picture, pictures::photograph(1, 800, 600, 1)).unwrap();

    visitor.drop_files(&[&text, &picture]).await;

    visitor
        .see_element(".upload[data-upload-state=failed] .upload-problem:not([hidden])")
        .await;
    visitor.see_element(".upload[data-upload-state=ready]").await;
    // Sent again, it would be refused again.
    visitor
        .see_element(".upload[data-upload-state=failed] [data-action=retry-upload][hidden]")
        .await;
    let name = visitor
        .text(".upload[data-upload-state=failed] .upload-name")
        .await;
    assert_eq!(name, "notes.txt");
    let problem = visitor
        .text(".upload[data-upload-state=failed] .upload-problem")
        .await;
    assert_eq!(
        problem,
        "This is text; send a JPEG, PNG, WebP, GIF, AVIF, TIFF, BMP or SVG picture."
    );
    visitor.see_element(".tile[data-state=ready]").await;
    let tiles = visitor
        .run("return document.querySelectorAll('.tile').length", json!([]))
        .await;
    assert_eq!(tiles, 1, "only the picture is in the library");
    visitor.assert_nothing_went_wrong_in_scripts();
}

#[tokio::test]
async fn a_wrong_password_is_told_and_the_e_mail_is_kept() {
    let visitor = Visitor::has_an_account().await;
    visitor.visit("/sign-in").await;

    visitor.signs_in_with("battery horse staple correct").await;

    let words = "No account has this e-mail address and password.";
    assert_eq!(visitor.text("[role=alert]").await, words);
    assert_eq!(visitor.path().await, "/sign-in");
    assert_eq!(visitor.value("#email").await, ADMIN_EMAIL);
    assert_eq!(visitor.value("#password").await, "");
}

#[tokio::test]
async fn the_library_without_a_session_leads_to_sign_in() {
    let visitor = Visitor::has_an_account().await;

    visitor.visit("/").await;

    visitor.see_page("/sign-in").await;
}
