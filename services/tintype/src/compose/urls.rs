//! Which adapter an URL of the configuration names.

use std::path::PathBuf;

use anyhow::bail;

/// The path of `scheme://path`; `default` where the URL is empty.
///
/// # Errors
/// When the URL names an adapter that this build does not have.
pub(super) fn local_path(key: &str, url: &str, scheme: &str, default: PathBuf) -> anyhow::Result<PathBuf> {
    if url.is_empty() {
        return Ok(default);
    }
    match url.split_once("://") {
        Some((found, path)) if found == scheme && !path.is_empty() => Ok(path.into()),
        Some((found, _)) => {
            bail!("{key}: this build has no adapter for {found}://, only for {scheme}://PATH")
        }
        None => bail!("{key}: expected {scheme}://PATH, or nothing for the folder of data"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_that_is_not_there_is_named() {
        let path = |url| {
            local_path("catalog.url", url, "sqlite", "data/x".into()).map_err(|error| error.to_string())
        };
        assert_eq!(path(""), Ok("data/x".into()));
        assert_eq!(path("sqlite:///var/x"), Ok("/var/x".into()));
        assert_eq!(
            path("mysql://root:secret@host/db"),
            Err("catalog.url: this build has no adapter for mysql://, only for sqlite://PATH".into())
        );
        assert!(path("x").is_err());
    }
}
