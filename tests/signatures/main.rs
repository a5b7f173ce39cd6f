//! The test vectors of signatures, in `vectors.json`: what is signed and refused here is so in Python and in Node, too.
//!
//! `TINTYPE_WRITE_VECTORS=1 cargo test -p domain --test signatures` writes the file anew, from the cases below.

#![allow(clippy::unwrap_used, reason = "a vector that cannot be read has failed")]

mod cases;

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use domain::{KeyRing, SignatureError};
use jiff::Timestamp;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/signatures")
}

fn vectors() -> Value {
    serde_json::from_slice(&std::fs::read(folder().join("vectors.json")).unwrap()).unwrap()
}

/// The keys of the file, `first` before the others.
fn ring(vectors: &Value, first: &str) -> KeyRing {
    let keys = vectors["keys"].as_object().unwrap();
    let mut entries: Vec<_> = keys
        .iter()
        .map(|(kid, secret)| (kid != first, kid, secret))
        .collect();
    entries.sort_by_key(|(later, ..)| *later);
    let entries: Vec<_> = entries
        .iter()
        .map(|(_, kid, secret)| format!("{kid}:{}", secret.as_str().unwrap()))
        .collect();
    KeyRing::parse(&entries.join(",")).unwrap()
}

fn reason(error: SignatureError) -> &'static str {
    match error {
        SignatureError::Missing => "missing",
        SignatureError::UnknownKey => "unknown-key",
        SignatureError::Wrong => "wrong",
        SignatureError::Malformed => "malformed",
        SignatureError::NotLast => "not-last",
        SignatureError::Repeated { .. } => "repeated",
        SignatureError::PercentEncoding => "percent-encoding",
        SignatureError::NotADeliveryPath => "not-a-delivery-path",
    }
}

#[test]
fn the_vectors_are_those_of_the_cases() {
    let made = cases::vectors();
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
    let vectors = vectors();
    for case in vectors["signed"].as_array().unwrap() {
        let text = |field: &str| case[field].as_str().unwrap();
        let keys = ring(&vectors, text("kid"));
        let signed = match case["expires_at"].as_i64() {
            Some(end) => keys.sign_until(text("path"), Timestamp::from_second(end).unwrap()),
            None => keys.sign(text("path")),
        };
        assert_eq!(signed.as_deref(), Ok(text("signed")), "{case}");
        for first in ["k1", "k2"] {
            assert_eq!(ring(&vectors, first).verify(text("signed")), Ok(()), "{case}");
        }
    }
    for case in vectors["refused"].as_array().unwrap() {
        let refused = ring(&vectors, "k1").verify(case["path"].as_str().unwrap());
        assert_eq!(
            refused.map_err(reason),
            Err(case["reason"].as_str().unwrap()),
            "{case}"
        );
    }
}

/// Runs a script of the folder, which ends with 0 where every vector holds.
#[track_caller]
fn run(interpreter: &str, script: &str, install: &str) {
    let output = Command::new(interpreter).arg(folder().join(script)).output();
    let output = match output {
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
        "install Python 3.8 or newer (apt-get install python3)",
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
