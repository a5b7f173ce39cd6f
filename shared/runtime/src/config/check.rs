//! What no single key can say: which values contradict each other, and what URLs must look like.
//!
//! What a role lacks is not said here: a configuration is shared by roles, and each needs a part of it only.

use secrecy::ExposeSecret;

use super::{CatalogTls, Config};

/// A key, and what is wrong with its value.
pub(super) struct Contradiction {
    /// The key, such as `queue.url`.
    pub key: &'static str,
    what: String,
}

impl Contradiction {
    /// On one line, with the place where the value came from.
    pub(super) fn with_source(&self, source: &str) -> String {
        format!("{}: {} (from {source})", self.key, self.what)
    }
}

/// Ends with the first thing that is wrong.
pub(super) fn check(config: &Config) -> Result<(), Contradiction> {
    catalog(config)?;
    blobs(config)?;
    queue(config)?;
    let topic = &config.events.topic;
    demand(
        topic.is_empty() || topic.starts_with("arn:"),
        "events.topic",
        "expected the ARN of an SNS topic",
    )
}

fn demand(holds: bool, key: &'static str, what: &str) -> Result<(), Contradiction> {
    if holds {
        return Ok(());
    }
    Err(Contradiction {
        key,
        what: what.to_owned(),
    })
}

fn catalog(config: &Config) -> Result<(), Contradiction> {
    let (catalog, url) = (&config.catalog, config.catalog.url.expose_secret());
    let on_mysql = url.starts_with("mysql://");
    demand(
        url.is_empty() || url.starts_with("sqlite://") || on_mysql,
        "catalog.url",
        "expected sqlite://PATH or mysql://USER@HOST:PORT/DATABASE",
    )?;
    let password_in_url = url
        .split_once("://")
        .and_then(|(_, rest)| rest.rsplit_once('@'))
        .is_some_and(|(user, _)| user.contains(':'));
    let secret = !catalog.password_secret.is_empty();
    demand(
        on_mysql || !secret,
        "catalog.password_secret",
        "only a catalog.url of mysql:// has a password",
    )?;
    demand(
        !(secret && password_in_url),
        "catalog.password_secret",
        "catalog.url has a password, too: leave one of them out",
    )?;
    let ca_file = !catalog.ca_file.as_os_str().is_empty();
    demand(
        !(ca_file && catalog.tls == CatalogTls::Off),
        "catalog.ca_file",
        "catalog.tls is \"off\": there is no certificate to check",
    )?;
    demand(
        catalog.max_connections > 0,
        "catalog.max_connections",
        "expected at least 1",
    )?;
    demand(
        catalog.statement_timeout_ms > 0,
        "catalog.statement_timeout_ms",
        "expected at least 1",
    )
}

fn blobs(config: &Config) -> Result<(), Contradiction> {
    let blobs = &config.blobs;
    let on_s3 = blobs.url.starts_with("s3://");
    demand(
        blobs.url.is_empty() || blobs.url.starts_with("file://") || on_s3,
        "blobs.url",
        "expected file://PATH or s3://BUCKET",
    )?;
    for (key, url) in [
        ("blobs.uploads_url", &blobs.uploads_url),
        ("blobs.derivatives_url", &blobs.derivatives_url),
    ] {
        demand(
            url.is_empty() || url.starts_with("s3://"),
            key,
            "expected s3://BUCKET",
        )?;
        demand(
            url.is_empty() || on_s3,
            key,
            "blobs.url is no bucket: set it to s3://BUCKET first",
        )?;
    }
    demand(
        blobs.kms_key.is_empty() || on_s3,
        "blobs.kms_key",
        "blobs.url is no bucket: a folder is not encrypted",
    )?;
    let endpoint = &blobs.public_endpoint;
    demand(
        endpoint.is_empty() || endpoint.starts_with("http://") || endpoint.starts_with("https://"),
        "blobs.public_endpoint",
        "expected http://HOST:PORT or https://HOST",
    )?;
    demand(
        endpoint.is_empty() || on_s3,
        "blobs.public_endpoint",
        "blobs.url is no bucket: browsers reach a folder through the api",
    )
}

fn queue(config: &Config) -> Result<(), Contradiction> {
    for (key, url) in [
        ("queue.url", &config.queue.url),
        ("queue.dead_letter_url", &config.queue.dead_letter_url),
    ] {
        demand(
            url.is_empty() || url.starts_with("https://") || url.starts_with("http://"),
            key,
            "expected the URL of an SQS queue, https://sqs.REGION.amazonaws.com/ACCOUNT/NAME",
        )?;
    }
    demand(
        config.queue.dead_letter_url.is_empty() || !config.queue.url.is_empty(),
        "queue.dead_letter_url",
        "queue.url is empty: the table queue keeps its dead letters in the catalog",
    )
}

#[cfg(test)]
mod tests {
    use crate::{ConfigSource, LoadedConfig};

    fn load(pairs: &[(&str, &str)]) -> Result<(), String> {
        let source = ConfigSource {
            environment: pairs
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            ..ConfigSource::default()
        };
        LoadedConfig::load(&source)
            .map(drop)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_the_shape_of_services_sets_is_taken() {
        let deployed = [
            ("TINTYPE_CATALOG_URL", "mysql://tintype@db:3306/tintype"),
            (
                "TINTYPE_CATALOG_PASSWORD_SECRET",
                "arn:aws:secretsmanager:eu-west-1:1:secret:x",
            ),
            ("TINTYPE_BLOBS_URL", "s3://originals/of-us"),
            ("TINTYPE_BLOBS_UPLOADS_URL", "s3://uploads"),
            ("TINTYPE_BLOBS_DERIVATIVES_URL", "s3://derivatives"),
            ("TINTYPE_BLOBS_KMS_KEY", "arn:aws:kms:eu-west-1:1:key/x"),
            ("TINTYPE_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/1/jobs"),
            (
                "TINTYPE_QUEUE_DEAD_LETTER_URL",
                "https://sqs.eu-west-1.amazonaws.com/1/dead",
            ),
            ("TINTYPE_EVENTS_TOPIC", "arn:aws:sns:eu-west-1:1:events"),
            ("TINTYPE_EDGE_DISTRIBUTION", "E2EXAMPLE"),
            ("TINTYPE_WEB_API_URL", "srv+http://api.tintype.internal"),
        ];
        assert_eq!(load(&deployed), Ok(()));
    }

    #[test]
    fn what_contradicts_itself_is_said_in_one_line_with_its_place() {
        let mysql = ("TINTYPE_CATALOG_URL", "mysql://a:secret-word@h/d");
        for (settings, expected) in [
            (
                vec![("TINTYPE_CATALOG_URL", "postgres://a:secret-word@h/d")],
                "catalog.url: expected sqlite://PATH or mysql://USER@HOST:PORT/DATABASE (from TINTYPE_CATALOG_URL)",
            ),
            (
                vec![("TINTYPE_CATALOG_PASSWORD_SECRET", "x")],
                "catalog.password_secret: only a catalog.url of mysql:// has a password (from \
                 TINTYPE_CATALOG_PASSWORD_SECRET)",
            ),
            (
                vec![mysql, ("TINTYPE_CATALOG_PASSWORD_SECRET", "x")],
                "catalog.password_secret: catalog.url has a password, too: leave one of them out (from \
                 TINTYPE_CATALOG_PASSWORD_SECRET)",
            ),
            (
                vec![
                    ("TINTYPE_CATALOG_TLS", "off"),
                    ("TINTYPE_CATALOG_CA_FILE", "/ca.pem"),
                ],
                "catalog.ca_file: catalog.tls is \"off\": there is no certificate to check (from \
                 TINTYPE_CATALOG_CA_FILE)",
            ),
            (
                vec![("TINTYPE_BLOBS_UPLOADS_URL", "s3://x")],
                "blobs.uploads_url: blobs.url is no bucket: set it to s3://BUCKET first (from \
                 TINTYPE_BLOBS_UPLOADS_URL)",
            ),
            (
                vec![("TINTYPE_QUEUE_DEAD_LETTER_URL", "http://x")],
                "queue.dead_letter_url: queue.url is empty: the table queue keeps its dead letters in the catalog \
                 (from TINTYPE_QUEUE_DEAD_LETTER_URL)",
            ),
            (
                vec![("TINTYPE_EVENTS_TOPIC", "events")],
                "events.topic: expected the ARN of an SNS topic (from TINTYPE_EVENTS_TOPIC)",
            ),
        ] {
            assert_eq!(load(&settings), Err(expected.to_owned()));
        }
    }
}
