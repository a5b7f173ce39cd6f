use super::*;

fn ring(kid: &str, byte: u8) -> String {
    KeyRing::generate(kid, [byte; 32])
}

fn keys() -> KeyRing {
    KeyRing::parse(&ring("k1", 1)).unwrap()
}

/// A signature over this very text.
fn signature_of(message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&[1; 32]).unwrap();
    mac.update(message.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

#[test]
fn a_signed_path_verifies_and_a_changed_one_does_not() {
    let keys = keys();
    for path in ["/i/abc/w=800,f=webp", "/i/abc/w=800/name.webp"] {
        let signed = keys.sign(path).unwrap();
        assert_eq!(keys.verify(&signed), Ok(()), "{signed}");
        for changed in [
            signed.replace("w=800", "w=801"),
            signed.replace("abc", "abd"),
            format!("{signed}/another.webp").replace("/name.webp", ""),
        ] {
            assert_eq!(keys.verify(&changed), Err(SignatureError::Wrong), "{changed}");
        }
        assert_eq!(keys.verify(path), Err(SignatureError::Missing));
        assert_eq!(
            keys.sign(&signed).unwrap(),
            signed,
            "signing twice changes nothing"
        );
    }
    assert_eq!(keys.sign("/library"), Err(SignatureError::NotADeliveryPath));
}

#[test]
fn an_end_stands_before_the_kid_and_takes_the_place_of_another() {
    let keys = keys();
    let end = |second: i64| Timestamp::from_millisecond(second * 1_000 + 999).unwrap();
    let first = keys.sign_until("/i/abc/w=8", end(1_800_000_000)).unwrap();
    assert!(
        first.starts_with("/i/abc/w=8,exp=1800000000,kid=k1,sig="),
        "{first}"
    );
    assert_eq!(keys.verify(&first), Ok(()));
    assert_eq!(
        keys.sign(&first).unwrap(),
        first,
        "without a new end the old one stays"
    );
    let later = keys.sign_until(&first, end(1_900_000_000)).unwrap();
    assert!(
        later.starts_with("/i/abc/w=8,exp=1900000000,kid=k1,sig="),
        "{later}"
    );
    assert_eq!(
        keys.verify(&later.replace("1900000000", "2900000000")),
        Err(SignatureError::Wrong),
        "whoever has a URL could make it last longer"
    );
}

#[test]
fn a_new_key_comes_and_an_old_one_goes_without_a_url_that_fails_meanwhile() {
    let (old, new) = (ring("k1", 1), ring("k2", 2));
    let steps = [
        old.clone(),
        format!("{old},{new}"),
        format!("{new}\n{old}\n"),
        new.clone(),
    ];
    let rings = steps.map(|text| KeyRing::parse(&text).unwrap());
    // While a step is deployed, processes before and after it serve side by side.
    for pair in rings.windows(2) {
        for (signer, verifier) in [(&pair[0], &pair[1]), (&pair[1], &pair[0])] {
            let signed = signer.sign("/i/abc/w=1").unwrap();
            assert_eq!(verifier.verify(&signed), Ok(()), "{signed}");
        }
    }
    assert_eq!(rings[1].kids().collect::<Vec<_>>(), ["k1", "k2"]);
    let signed = rings[0].sign("/i/abc/w=1").unwrap();
    assert_eq!(rings[3].verify(&signed), Err(SignatureError::UnknownKey));
}

#[test]
fn a_signature_is_one_and_the_last_option() {
    let keys = keys();
    let signed = keys.sign("/i/abc/w=8").unwrap();
    let sig = signed.rsplit_once("sig=").unwrap().1;
    for (path, error) in [
        (format!("{signed},h=8"), SignatureError::NotLast),
        (
            format!("{signed},sig={sig}"),
            SignatureError::Repeated { option: "sig" },
        ),
        (
            signed.replace("kid=k1", "kid=k1,kid=k1"),
            SignatureError::Repeated { option: "kid" },
        ),
        (
            signed.replace("kid=k1", "exp=1,exp=2,kid=k1"),
            SignatureError::Repeated { option: "exp" },
        ),
        (signed.replace("kid=k1,", ""), SignatureError::UnknownKey),
        (signed.replace("kid=k1", "kid=k9"), SignatureError::UnknownKey),
        (format!("/i/abc/w=8,kid=k1,sig={sig}="), SignatureError::Malformed),
        (
            format!("/i/abc/w=8,kid=k1,sig={}", &sig[1..]),
            SignatureError::Malformed,
        ),
        ("/i/abc/w=8,kid=k1,sig=".to_owned(), SignatureError::Malformed),
        ("/i/abc/w=8,kid=k1,sig".to_owned(), SignatureError::Missing),
        (format!("{signed}?w=9"), SignatureError::NotADeliveryPath),
        (format!("{signed}/a/b"), SignatureError::NotADeliveryPath),
    ] {
        assert_eq!(keys.verify(&path), Err(error), "{path}");
    }
    assert_eq!(
        keys.sign("/i/abc/kid=a,kid=b"),
        Err(SignatureError::Repeated { option: "kid" })
    );
}

#[test]
fn another_spelling_of_the_same_path_has_the_same_signature() {
    let keys = keys();
    let plain = keys.sign("/i/abc/w=8,dl=Kühe 100%25.jpg/ä.jpg").unwrap();
    assert!(
        plain.starts_with("/i/abc/w=8,dl=K%C3%BChe%20100%25.jpg,kid=k1,sig="),
        "{plain}"
    );
    let sig = signature_of("/i/abc/w=8,dl=Kühe 100%.jpg,kid=k1/ä.jpg");
    assert!(plain.ends_with(&format!("{sig}/%C3%A4.jpg")), "{plain}");
    assert_eq!(keys.verify(&plain), Ok(()));
    assert_eq!(
        keys.verify(&plain.replace(',', "%2C").replace('=', "%3d")),
        Ok(())
    );
    assert_eq!(
        keys.sign("/i/abc/w%3D8%2cdl=K%c3%bche%20100%25.jpg/%C3%A4.jpg"),
        Ok(plain)
    );
}

#[test]
fn percent_encoding_moves_no_border_and_is_undone_once() {
    let keys = keys();
    // The name of the one would be options of the other.
    let signed = keys.sign("/i/abc/w=8/x,h=9").unwrap();
    let (before, name) = signed.rsplit_once('/').unwrap();
    assert_eq!(
        keys.verify(&format!("{before}%2F{name}")),
        Err(SignatureError::PercentEncoding)
    );
    let signed = keys.sign("/i/abc/dl=a%252Cw=9").unwrap();
    assert_eq!(
        keys.verify(&signed.replace("%252C", "%2C")),
        Err(SignatureError::Wrong)
    );
    for wrong in ["%", "%2", "%zz", "%+1", "%ff", "%C3"] {
        assert_eq!(
            keys.sign(&format!("/i/abc/dl={wrong}")),
            Err(SignatureError::PercentEncoding),
            "{wrong}"
        );
    }
}

#[test]
fn a_ring_that_cannot_be_read_says_where_and_not_what() {
    assert_eq!(KeyRing::parse("").unwrap_err(), InvalidKeyRing::Empty);
    let error = KeyRing::parse(&format!("{},k2:c2hvcnQ", ring("k1", 1))).unwrap_err();
    assert_eq!(error, InvalidKeyRing::Entry { position: 2 });
    assert!(!error.to_string().contains("c2hvcnQ"));
    let error = KeyRing::parse(&format!("{},{}", ring("k1", 1), ring("k1", 2))).unwrap_err();
    assert_eq!(error, InvalidKeyRing::Repeated { position: 2 });
}

#[test]
fn a_new_key_is_one_that_can_be_read() {
    let text = KeyRing::new_key("k2", [2; 32]).unwrap();
    assert_eq!(KeyRing::parse(&text).unwrap().kids().collect::<Vec<_>>(), ["k2"]);
    for wrong in ["", "K", "a:b", "a,b", &"x".repeat(33)] {
        assert_eq!(KeyRing::new_key(wrong, [2; 32]), Err(InvalidKid), "{wrong}");
    }
}
