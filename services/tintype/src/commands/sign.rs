//! `tintype sign` and `tintype signing-key new`.

use anyhow::{Context, anyhow, ensure};
use domain::KeyRing;
use embedded::{SystemClock, SystemEntropy};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use ports::{Clock, random_bytes};
use runtime::Config;

use crate::{
    compose::{kept_signing_keys, signing_keys},
    output::say,
};

pub(crate) fn sign(
    config: &Config,
    path: &str,
    expires_in: Option<&str>,
    expires_at: Option<&str>,
) -> anyhow::Result<()> {
    let end = end(SystemClock.now(), expires_in, expires_at)?;
    let keys = signing_keys(config)?;
    let signed = match end {
        Some(end) => keys.sign_until(path, end),
        None => keys.sign(path),
    };
    say(&signed.with_context(|| format!("{path:?}"))?)
}

/// When the URL stops to be good, if ever.
fn end(
    now: Timestamp,
    expires_in: Option<&str>,
    expires_at: Option<&str>,
) -> anyhow::Result<Option<Timestamp>> {
    if let Some(text) = expires_in {
        let after = duration(text).with_context(|| format!("--expires-in {text:?}"))?;
        let end = now.checked_add(after).context("--expires-in is too long")?;
        return Ok(Some(end));
    }
    let Some(text) = expires_at else {
        return Ok(None);
    };
    let end: Timestamp = text.parse().map_err(|_| {
        anyhow!("--expires-at {text:?} is no instant: expected one such as 2030-01-01T00:00:00Z")
    })?;
    ensure!(end > now, "--expires-at {text:?} is over already");
    Ok(Some(end))
}

/// A day has 24 hours here: a URL ends after a time, not on a date.
fn duration(text: &str) -> anyhow::Result<SignedDuration> {
    let expected = || anyhow!("expected a number with a unit, such as 90s, 15m, 1h or 7d");
    let span: Span = text.parse().map_err(|_| expected())?;
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| expected())?;
    ensure!(
        duration >= SignedDuration::from_secs(1),
        "it must be a second or more"
    );
    Ok(duration)
}

pub(crate) fn new_key(config: &Config, kid: Option<String>) -> anyhow::Result<()> {
    let kid = match kid {
        Some(kid) => kid,
        None => {
            let known = kept_signing_keys(config)?;
            unused_kid(known.as_ref())
        }
    };
    say(&KeyRing::new_key(&kid, random_bytes(&SystemEntropy)).with_context(|| format!("--kid {kid:?}"))?)
}

/// The first of k1, k2 … that no key has: a kid that comes back with another secret would make old URLs wrong ones.
fn unused_kid(known: Option<&KeyRing>) -> String {
    let highest = known
        .into_iter()
        .flat_map(KeyRing::kids)
        .filter_map(|kid| kid.strip_prefix('k')?.parse::<u32>().ok())
        .max();
    format!("k{}", highest.unwrap_or(0).saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    #[test]
    fn an_end_is_a_duration_from_now_or_an_instant() {
        for (text, seconds) in [
            ("1s", 1),
            ("90s", 90),
            ("15m", 900),
            ("1h", 3_600),
            ("1h 30m", 5_400),
            ("PT1H", 3_600),
            ("7d", 604_800),
        ] {
            let end = end(now(), Some(text), None).unwrap().unwrap();
            assert_eq!(end.as_second() - now().as_second(), seconds, "{text}");
        }
        let at = end(now(), None, Some("2030-01-01T01:00:00+01:00")).unwrap();
        assert_eq!(at.unwrap().as_second(), 1_893_456_000);
        assert_eq!(end(now(), None, None).unwrap(), None);
    }

    #[test]
    fn an_end_that_is_none_is_refused_with_the_flag_and_an_example() {
        for (text, said) in [
            ("3600", "expected a number with a unit, such as 90s"),
            ("soon", "expected a number with a unit, such as 90s"),
            ("1mo", "expected a number with a unit, such as 90s"),
            ("-1h", "a second or more"),
            ("0s", "a second or more"),
            ("19000y", "expected a number with a unit"),
        ] {
            let error = format!("{:#}", end(now(), Some(text), None).unwrap_err());
            assert!(error.contains(text) && error.contains(said), "{error}");
        }
        let error = end(now(), None, Some("2020-01-01T00:00:00Z")).unwrap_err();
        assert!(error.to_string().contains("over already"), "{error}");
        let error = end(now(), None, Some("tomorrow")).unwrap_err();
        assert!(error.to_string().contains("2030-01-01T00:00:00Z"), "{error}");
    }

    #[test]
    fn a_new_kid_comes_after_all_that_are_in_use() {
        assert_eq!(unused_kid(None), "k1");
        let ring = ["k7", "k2", "main"]
            .map(|kid| KeyRing::generate(kid, [1; 32]))
            .join(",");
        assert_eq!(unused_kid(Some(&KeyRing::parse(&ring).unwrap())), "k8");
    }
}
