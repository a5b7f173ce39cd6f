//! `tintype provision`.

use anyhow::ensure;
use runtime::Config;

use super::setup::base_url;
use crate::{compose, output::say};

/// The longest name of a bucket has 63 characters; what is added to the prefix needs some.
const MAX_PREFIX: usize = 40;

pub(crate) async fn provision(config: &Config, prefix: &str, allow_remote: bool) -> anyhow::Result<()> {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    ensure!(
        (1..=MAX_PREFIX).contains(&prefix.len()) && prefix.bytes().all(plain) && !prefix.starts_with('-'),
        "--prefix must have 1 to {MAX_PREFIX} of a-z, 0-9 and -, and not begin with -"
    );
    // Whose pages may send to the bucket.
    let pages = base_url(&config.public_url, config.listen);
    for (variable, value) in compose::provision(&pages, prefix, allow_remote).await? {
        say(&format!("{variable}={value}"))?;
    }
    Ok(())
}
