use api_types::PresetResource;
use axum::http::StatusCode;
use domain::{Part, Role, Watermark, WatermarkGravity};

use crate::stub::{Api, Site, at, id, image, problem};

fn preset(name: &str) -> PresetResource {
    PresetResource {
        name: name.parse().unwrap(),
        version: 4,
        options: Some("fit=cover,h=300,w=400".into()),
        watermark: None,
        updated_at: at(1),
    }
}

fn logo() -> PresetResource {
    let watermark = Watermark {
        image_id: id(7),
        gravity: WatermarkGravity::TopLeft,
        scale: Part::near(0.25).unwrap(),
        margin: Part::near(0.005).unwrap(),
        opacity: Part::WHOLE,
    };
    PresetResource {
        options: None,
        watermark: Some(watermark),
        ..preset("logo")
    }
}

fn site() -> Site {
    Site::new(Api {
        images: vec![image(1)],
        presets: vec![preset("card"), logo()],
        ..Api::default()
    })
}

#[tokio::test]
async fn each_preset_is_shown_on_an_image_with_the_url_to_copy() {
    let answer = site().get("/presets").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.shows(&format!("value=\"/i/{}/p=card\"", id(1)));
    answer.shows(&format!("value=\"/i/{}/w=800,wm=logo\"", id(1)));
    answer.shows(&format!("src=\"/i/{}/p=card?", id(1)));
    answer.shows("fit=cover,h=300,w=400");
    answer.shows(&format!("href=\"/images/{}\"", id(7)));
    answer.shows("action=\"/presets/card/delete\"");
    answer.shows("href=\"/presets\" aria-current=\"page\"");
}

#[tokio::test]
async fn a_library_without_presets_says_what_they_are_for() {
    let answer = Site::new(Api::default()).get("/presets").await;
    answer.shows("There are no presets yet");
    answer.shows("name=\"options\"");
    answer.hides("data-preset-preview");
}

#[tokio::test]
async fn who_is_no_administrator_is_shown_the_urls_and_no_form() {
    let site = site();
    site.api.lock().unwrap().role = Some(Role::Editor);
    let answer = site.get("/presets").await;
    answer.shows("/p=card");
    answer.hides("method=\"post\" action=\"/presets");
}

#[tokio::test]
async fn nobody_is_sent_to_sign_in() {
    let answer = site().signed_out().get("/presets").await;
    assert_eq!(answer.header("location"), "/sign-in?next=%2Fpresets");
}

#[tokio::test]
async fn a_preset_is_added_and_the_page_says_so() {
    let site = site();
    let form = [
        ("kind", "options"),
        ("version", "0"),
        ("name", "hero"),
        ("options", " w=1600 "),
    ];
    let answer = site.post("/presets", &form).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/presets?notice=saved")
    );
    let calls = site.api.lock().unwrap().calls.join("\n");
    assert!(calls.contains("PUT /api/v1/presets/hero"), "{calls}");
    assert!(calls.contains(r#"{"options":"w=1600","version":0}"#), "{calls}");
    site.get("/presets?notice=saved").await.shows("role=\"status\"");
}

#[tokio::test]
async fn a_watermark_is_changed_in_percent() {
    let site = site();
    let answer = site.get("/presets?edit=logo").await;
    answer.shows("Change logo");
    answer.shows("name=\"scale\" type=\"number\" inputmode=\"decimal\" required min=\"0.1\" max=\"100\" step=\"0.1\" value=\"25\"");
    answer.shows("value=\"0.5\"");
    answer.shows("<option value=\"top-left\" selected>");
    answer.shows("name=\"version\" value=\"4\"");
    let image_id = id(7).to_string();
    let form = [
        ("kind", "watermark"),
        ("version", "4"),
        ("name", "logo"),
        ("image_id", image_id.as_str()),
        ("gravity", "center"),
        ("scale", "12.5"),
        ("margin", "0"),
        ("opacity", "50"),
    ];
    assert_eq!(site.post("/presets", &form).await.status, StatusCode::SEE_OTHER);
    let calls = site.api.lock().unwrap().calls.join("\n");
    let sent = format!(
        r#"{{"watermark":{{"image_id":"{image_id}","gravity":"center","scale":0.125,"margin":0.0,"opacity":0.5}},"version":4}}"#
    );
    assert!(calls.contains(&sent), "{calls}");
}

#[tokio::test]
async fn what_is_refused_stands_in_the_form_with_the_reason() {
    let site = site();
    let said = "The option \"widht\" at position 1 is not known.";
    site.api.lock().unwrap().refusals = vec![problem(400, "invalid-option", said, &[])];
    let form = [("kind", "options"), ("name", "hero"), ("options", "widht=<4>")];
    let answer = site.post("/presets", &form).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    answer.shows("role=\"alert\"");
    answer.shows("is not known");
    answer.shows("value=\"widht=&#60;4&#62;\"");

    let answer = site
        .post("/presets", &[("name", "No Name"), ("options", "w=4")])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("The name must be 1 to 32 of");

    site.api.lock().unwrap().refusals = vec![problem(409, "preset-changed", "It is at version 4 now.", &[])];
    let answer = site
        .post("/presets", &[("name", "card"), ("options", "w=4")])
        .await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    answer.shows("There is a preset card already");
}

#[tokio::test]
async fn deleting_says_so_and_a_preset_in_use_stays() {
    let site = site();
    let answer = site.post("/presets/card/delete", &[]).await;
    assert_eq!(answer.header("location"), "/presets?notice=deleted");
    let said = "The watermark logo is laid on the pictures of card: change those presets first.";
    site.api.lock().unwrap().refusals = vec![problem(409, "preset-in-use", said, &[])];
    let answer = site.post("/presets/logo/delete", &[]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    answer.shows("laid on the pictures of card");
}
