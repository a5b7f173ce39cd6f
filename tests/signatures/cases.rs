//! What the vectors are made of.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::KeyRing;
use jiff::Timestamp;
use serde_json::{Value, json};

const ID: &str = "019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e";

/// 2030-01-01T00:00:00Z.
const END: i64 = 1_893_456_000;

struct Signed {
    about: &'static str,
    kid: &'static str,
    /// After `/i/{id}/`.
    path: &'static str,
    expires_at: Option<i64>,
    /// What is signed, written by hand: after `/i/{id}/`.
    message: &'static str,
}

const SIGNED: [Signed; 12] = [
    Signed {
        about: "options alone",
        kid: "k1",
        path: "w=800,f=auto",
        expires_at: None,
        message: "w=800,f=auto,kid=k1",
    },
    Signed {
        about: "a name is signed, too, and the signature stands before it",
        kid: "k1",
        path: "w=800,f=webp/bicycle.webp",
        expires_at: None,
        message: "w=800,f=webp,kid=k1/bicycle.webp",
    },
    Signed {
        about: "another key",
        kid: "k2",
        path: "w=800,f=auto",
        expires_at: None,
        message: "w=800,f=auto,kid=k2",
    },
    Signed {
        about: "a key of more than 32 bytes",
        kid: "long_key-3",
        path: "w=800,f=auto",
        expires_at: None,
        message: "w=800,f=auto,kid=long_key-3",
    },
    Signed {
        about: "an end stands before the kid",
        kid: "k1",
        path: "w=800,f=auto",
        expires_at: Some(END),
        message: "w=800,f=auto,exp=1893456000,kid=k1",
    },
    Signed {
        about: "an end takes the place of another",
        kid: "k1",
        path: "exp=1700000000,w=800/bicycle.jpg",
        expires_at: Some(END),
        message: "w=800,exp=1893456000,kid=k1/bicycle.jpg",
    },
    Signed {
        about: "what is signed already is signed anew; the end that it has stays",
        kid: "k2",
        path: "w=800,exp=1700000000,kid=k1,sig=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        expires_at: None,
        message: "w=800,exp=1700000000,kid=k2",
    },
    Signed {
        about: "a path that is percent-encoded where it need not be: signed is what it means",
        kid: "k1",
        path: "w%3D800%2cf%3dauto/%62icycle.webp",
        expires_at: None,
        message: "w=800,f=auto,kid=k1/bicycle.webp",
    },
    Signed {
        about: "other letters than those of ASCII: signed is their UTF-8, in the URL it is percent-encoded",
        kid: "k1",
        path: "w=800,dl=Fahrräder 東京.jpg",
        expires_at: None,
        message: "w=800,dl=Fahrräder 東京.jpg,kid=k1",
    },
    Signed {
        about: "the same, percent-encoded before",
        kid: "k1",
        path: "w=800,dl=Fahrr%C3%A4der%20%e6%9d%b1%e4%ba%ac.jpg",
        expires_at: None,
        message: "w=800,dl=Fahrräder 東京.jpg,kid=k1",
    },
    Signed {
        about: "a percent sign itself: decoding is done once",
        kid: "k1",
        path: "w=800,dl=100%25 %252C.jpg",
        expires_at: None,
        message: "w=800,dl=100% %2C.jpg,kid=k1",
    },
    Signed {
        about: "what may stand in a path as it is, and some of what may not",
        kid: "k2",
        path: "dl=-._~!$&'()*+;:@ \"<>[]^`{|}\\%23%3F",
        expires_at: Some(END),
        message: "dl=-._~!$&'()*+;:@ \"<>[]^`{|}\\#?,exp=1893456000,kid=k2",
    },
];

/// Secrets that everybody knows: for tests alone.
fn secret(kid: &str) -> String {
    let bytes: Vec<u8> = match kid {
        "k1" => (0..32).collect(),
        "k2" => (0..32).map(|byte| 255 - byte).collect(),
        _ => (0..100).collect(),
    };
    URL_SAFE_NO_PAD.encode(bytes)
}

fn sign(case: &Signed) -> String {
    let keys = KeyRing::parse(&format!("{}:{}", case.kid, secret(case.kid))).unwrap();
    let path = format!("/i/{ID}/{}", case.path);
    match case.expires_at {
        Some(end) => keys.sign_until(&path, Timestamp::from_second(end).unwrap()),
        None => keys.sign(&path),
    }
    .unwrap()
}

/// The file.
pub fn vectors() -> Value {
    let signed = SIGNED.iter().map(|case| {
        json!({
            "about": case.about,
            "kid": case.kid,
            "path": format!("/i/{ID}/{}", case.path),
            "expires_at": case.expires_at,
            "message": format!("/i/{ID}/{}", case.message),
            "signed": sign(case),
        })
    });
    json!({
        "about": "Test vectors of Tintype's signatures: see docs/signing.md. Secrets are base64url.",
        "keys": { "k1": secret("k1"), "k2": secret("k2"), "long_key-3": secret("long_key-3") },
        "signed": signed.collect::<Vec<_>>(),
        "refused": refused(),
    })
}

fn refused() -> Vec<Value> {
    let plain = sign(&SIGNED[0]);
    let named = sign(&SIGNED[1]);
    let ending = sign(&SIGNED[4]);
    let (options, sig) = plain.rsplit_once(",sig=").unwrap();
    let (before_name, name) = named.rsplit_once('/').unwrap();
    // Bits that no byte takes may be set: another spelling of the same 32 bytes.
    let last = sig.chars().last().unwrap();
    let sibling = char::from(u8::try_from(last).unwrap() + 1);
    [
        ("an option was changed", plain.replace("w=800", "w=801"), "wrong"),
        ("the image was changed", plain.replace("2d3e", "2d3f"), "wrong"),
        (
            "the name was changed",
            named.replace("bicycle", "tricycle"),
            "wrong",
        ),
        ("the name was cut off", before_name.to_owned(), "wrong"),
        ("a name was added", format!("{plain}/bicycle.webp"), "wrong"),
        (
            "the order was changed",
            plain.replace("w=800,f=auto", "f=auto,w=800"),
            "wrong",
        ),
        (
            "the end was put off",
            ending.replace("1893456000", "2893456000"),
            "wrong",
        ),
        (
            "the end was taken out",
            ending.replace("exp=1893456000,", ""),
            "wrong",
        ),
        (
            "the kid is that of another key",
            plain.replace("kid=k1", "kid=k2"),
            "wrong",
        ),
        (
            "it was decoded twice",
            sign(&SIGNED[10]).replace("%252C", "%2C"),
            "wrong",
        ),
        (
            "the key is not known",
            plain.replace("kid=k1", "kid=k9"),
            "unknown-key",
        ),
        ("there is no kid", plain.replace("kid=k1,", ""), "unknown-key"),
        ("there is no sig", options.to_owned(), "missing"),
        ("it was never signed", format!("/i/{ID}/w=800"), "missing"),
        ("sig is empty", format!("{options},sig="), "malformed"),
        ("sig was cut", plain[..plain.len() - 1].to_owned(), "malformed"),
        ("sig has padding", format!("{plain}="), "malformed"),
        (
            "sig is another spelling of the same bytes",
            format!("{}{sibling}", &plain[..plain.len() - 1]),
            "malformed",
        ),
        (
            "sig is not base64url",
            format!("{options},sig={}", "+".repeat(43)),
            "malformed",
        ),
        (
            "something follows the signature",
            format!("{plain},h=600"),
            "not-last",
        ),
        ("two signatures", format!("{plain},sig={sig}"), "repeated"),
        ("two kids", plain.replace("kid=k1", "kid=k1,kid=k2"), "repeated"),
        (
            "two ends",
            ending.replace("exp=1893456000", "exp=1893456000,exp=1893456001"),
            "repeated",
        ),
        (
            "an encoded slash makes options of a name",
            format!("{before_name}%2F{name}"),
            "percent-encoding",
        ),
        (
            "a percent sign without digits",
            plain.replace("f=auto", "dl=100%"),
            "percent-encoding",
        ),
        (
            "percent-encoding that is not UTF-8",
            plain.replace("f=auto", "dl=%FF"),
            "percent-encoding",
        ),
        ("a query", format!("{plain}?download"), "not-a-delivery-path"),
        (
            "a segment too many",
            format!("{named}/bicycle.webp"),
            "not-a-delivery-path",
        ),
        ("a slash at the end", format!("{plain}/"), "not-a-delivery-path"),
        (
            "a whole URL instead of its path",
            format!("https://pictures.example.org{plain}"),
            "not-a-delivery-path",
        ),
    ]
    .into_iter()
    .map(|(about, path, reason)| json!({ "about": about, "path": path, "reason": reason }))
    .collect()
}
