//! `tintype healthcheck`.

use runtime::{Config, ask_health};

pub(crate) fn healthcheck(config: &Config, live: bool) -> anyhow::Result<()> {
    Ok(ask_health(
        config.listen,
        if live { "/healthz" } else { "/readyz" },
    )?)
}
