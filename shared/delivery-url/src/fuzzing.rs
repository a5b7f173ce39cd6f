//! What the target `options` of `tests/fuzz` runs. Behind the feature `fuzzing`, so that it is in no program; the tests run
//! it over every text that once broke something.

use imaging::OutputFormat;

use crate::{Target, parse};

/// Reads the options. Those that can be read have one canonical form, which reads as they do; the others have a problem
/// in words.
pub fn options(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let request = match parse(&text) {
        Ok(request) => request,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let canonical = request.canonical();
    match parse(&canonical) {
        Ok(again) => assert_eq!(
            (&again.target, &again.terms),
            (&request.target, &request.terms),
            "{canonical}"
        ),
        // The signature is none of it, and an end needs one.
        Err(_) => assert!(request.terms.expires_at_s.is_some(), "{canonical}"),
    }
    let Target::Options(options) = request.target else {
        return;
    };
    for format in [OutputFormat::Jpeg, OutputFormat::Webp, OutputFormat::Png] {
        let variant = options.of_variant(format);
        let again = parse(&variant.canonical()).expect("a canonical form can be read");
        assert_eq!(again.target, Target::Options(variant.clone()));
        let _ = variant.render_options(format);
    }
}

/// What the target begins with.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        "",
        "w=800",
        "width=800,height=600,dpr=1.5,fit=cover,gravity=0.25x0.333,format=webp,quality=75,v=3",
        "w=8,h=9,fit=crop,g=top-left,f=auto,q=100",
        "w=1,h=12000,fit=pad,g=auto,f=png,kid=k1,sig=abc_-9",
        "fit=squeeze,dpr=5,w=1",
        "p=card,dl=a b.jpg,onerror=placeholder,alt=true",
        "original,v=2,exp=1900000000,kid=k1,sig=abc",
        "wm=logo,f=json",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_text_that_once_broke_something_is_an_answer_or_an_error() {
        seeds().iter().for_each(|text| options(text));
        let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/cases/options");
        for case in fs::read_dir(cases).into_iter().flatten() {
            options(&fs::read(case.unwrap().path()).unwrap());
        }
    }
}
