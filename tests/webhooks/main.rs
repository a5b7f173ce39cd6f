//! The test vectors of webhooks: what Tintype signs, held against receivers in Rust, Python and Node.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are tests, which clippy does not see"
)]

mod verify;

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use domain::WebhookSecret;
use serde_json::{Value, json};

/// The example of the specification's own reference libraries: the test "sign function works" in
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/webhook.test.ts>.
const REFERENCE: [&str; 4] = [
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    r#"{"test": 2432232314}"#,
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
];
const REFERENCE_TIMESTAMP_S: i64 = 1_614_265_330;

const ID: &str = "019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e";
const AT: i64 = 1_790_000_000;
const BODY: &str = r#"{"data":{"image_id":"019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e","sequence":41},"timestamp":"2026-09-21T14:13:20Z","type":"image.ready"}"#;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/webhooks")
}

fn vectors() -> Value {
    let text = std::fs::read_to_string(folder().join("vectors.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn secret() -> WebhookSecret {
    WebhookSecret::from_bytes((1..=32).collect())
}

struct Case {
    about: &'static str,
    timestamp: String,
    signature: String,
    body: &'static str,
    now_s: i64,
    refused: Option<&'static str>,
}

fn cases() -> Vec<Case> {
    let good = secret().sign(ID, AT, BODY.as_bytes());
    let other = WebhookSecret::from_bytes(vec![9; 32]).sign(ID, AT, BODY.as_bytes());
    let case = |about, signature: &str, body, now_s, refused| Case {
        about,
        timestamp: AT.to_string(),
        signature: signature.to_owned(),
        body,
        now_s,
        refused,
    };
    vec![
        case("as it is sent", &good, BODY, AT, None),
        case("five minutes on the way", &good, BODY, AT + 300, None),
        case("a clock that is five minutes slow", &good, BODY, AT - 300, None),
        case(
            "one signature of two fits",
            &format!("{other} {good}"),
            BODY,
            AT,
            None,
        ),
        case(
            "one of a kind to come stands before it",
            &format!("v1a,AAAA {good}"),
            BODY,
            AT,
            None,
        ),
        case("of another secret", &other, BODY, AT, Some("signature")),
        case("without its version", &good[3..], BODY, AT, Some("signature")),
        case("cut off", &good[..20], BODY, AT, Some("signature")),
        case("empty", "", BODY, AT, Some("signature")),
        case(
            "parsed and written anew",
            &good,
            r#"{"type": "image.ready"}"#,
            AT,
            Some("signature"),
        ),
        case(
            "sent again later",
            &good,
            BODY,
            AT + 301,
            Some("too-old-or-too-new"),
        ),
        case(
            "from the future",
            &good,
            BODY,
            AT - 301,
            Some("too-old-or-too-new"),
        ),
        Case {
            timestamp: (AT + 1).to_string(),
            ..case("with another timestamp", &good, BODY, AT, Some("signature"))
        },
        Case {
            timestamp: "yesterday".into(),
            ..case(
                "with a timestamp that is none",
                &good,
                BODY,
                AT,
                Some("timestamp"),
            )
        },
    ]
}

fn made() -> Value {
    let [secret_text, id, body, signature] = REFERENCE;
    let reference = json!({
        "about": "the example of the specification's reference libraries",
        "secret": secret_text,
        "id": id,
        "timestamp": REFERENCE_TIMESTAMP_S.to_string(),
        "signature": signature,
        "body": body,
        "now_s": REFERENCE_TIMESTAMP_S,
        "refused": null,
    });
    let ours = cases().into_iter().map(|case| {
        json!({
            "about": case.about,
            "secret": secret().reveal(),
            "id": ID,
            "timestamp": case.timestamp,
            "signature": case.signature,
            "body": case.body,
            "now_s": case.now_s,
            "refused": case.refused,
        })
    });
    json!({ "messages": std::iter::once(reference).chain(ours).collect::<Vec<_>>() })
}

#[test]
fn the_example_of_the_specification_is_signed_as_it_says() {
    let [secret, id, body, signature] = REFERENCE;
    let secret: WebhookSecret = secret.parse().unwrap();
    assert_eq!(secret.sign(id, REFERENCE_TIMESTAMP_S, body.as_bytes()), signature);
}

#[test]
fn the_vectors_are_those_of_the_cases() {
    let made = made();
    if std::env::var_os("TINTYPE_WRITE_VECTORS").is_some() {
        std::fs::write(folder().join("vectors.json"), format!("{made:#}\n")).unwrap();
    }
    assert!(
        vectors() == made,
        "vectors.json is not what the cases make: look at what changed, then TINTYPE_WRITE_VECTORS=1"
    );
}

#[test]
fn the_vectors_hold_in_rust() {
    for case in vectors()["messages"].as_array().unwrap() {
        let text = |field: &str| case[field].as_str().unwrap();
        let headers = (text("id"), text("timestamp"), text("signature"));
        let now_s = case["now_s"].as_i64().unwrap();
        let verified = verify::verify(text("secret"), headers, text("body").as_bytes(), now_s);
        assert_eq!(verified.err(), case["refused"].as_str(), "{case}");
    }
}

/// Runs a script of the folder, which ends with 0 where every vector holds.
#[track_caller]
fn run(interpreter: &str, script: &str, install: &str) {
    let output = match Command::new(interpreter).arg(folder().join(script)).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("{interpreter} is not installed: {install}, or run ./test, which gets it")
        }
        output => output.unwrap(),
    };
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("every vector holds"),
        "{script}: {said}"
    );
}

#[test]
fn the_vectors_hold_in_python() {
    run(
        "python3",
        "verify.py",
        "install Python 3.9 or newer (apt-get install python3)",
    );
}

#[test]
fn the_vectors_hold_in_node() {
    run(
        "node",
        "verify.mjs",
        "install Node.js 18 or newer (apt-get install nodejs)",
    );
}
