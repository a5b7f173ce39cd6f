//! How the server is reached: where it is, who signs in, and how long anything may take.

use std::{net::IpAddr, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use async_trait::async_trait;
use ports::PortError;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions,
    mysql::{MySqlConnectOptions, MySqlSslMode},
};

/// Where the password comes from, where it does not stand in the URL. It is asked again when the server refuses the password,
/// so that a rotated one needs no restart.
#[async_trait]
pub trait PasswordSource: Send + Sync {
    /// The secret as it is now: a password, or RDS's JSON with `username` and `password`.
    async fn secret(&self) -> Result<SecretString, PortError>;
}

/// Whether the way to the server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MysqlTls {
    /// As `Required`, but for a server on this machine.
    #[default]
    Auto,
    /// It is; and where a file of certificate authorities is named, the server has to prove its name by them.
    Required,
    /// It is, and the server has to prove its name, by the named file or else by the public authorities.
    Verify,
    /// It is not. The password is still not sent in clear: the server's RSA key encrypts it.
    Off,
}

/// How the server is reached.
#[derive(Clone)]
pub struct MysqlSettings {
    /// `mysql://user[:password]@host[:port]/database`.
    pub url: SecretString,
    /// Where the password comes from, where it does not stand in the URL.
    pub password: Option<Arc<dyn PasswordSource>>,
    /// The most connections of this process.
    pub max_connections: u32,
    /// How long the server may take for one statement, and one transaction may wait for another.
    pub statement_timeout: Duration,
    /// How long what is safe to repeat is repeated while the server is away; beyond that the caller is told.
    pub patience: Duration,
    /// Whether the way there is encrypted.
    pub tls: MysqlTls,
    /// A file of certificate authorities in PEM, such as RDS's bundle.
    pub ca_file: Option<PathBuf>,
}

impl MysqlSettings {
    /// What is usual, for the server at this URL.
    pub const fn new(url: SecretString) -> Self {
        Self {
            url,
            password: None,
            max_connections: 10,
            statement_timeout: Duration::from_secs(10),
            patience: Duration::from_secs(5),
            tls: MysqlTls::Auto,
            ca_file: None,
        }
    }

    /// The driver's options, with the password as it is now.
    pub(super) async fn connect_options(&self) -> Result<MySqlConnectOptions, SettingsError> {
        let text = self.url.expose_secret();
        let options = MySqlConnectOptions::from_str(text)
            .ok()
            .filter(|_| text.starts_with("mysql://"))
            .ok_or(SettingsError::Url)?;
        let url = options.to_url_lossy();
        if url.path().trim_matches('/').is_empty() {
            return Err(SettingsError::NoDatabase);
        }
        let mut options = match (self.tls, &self.ca_file) {
            (MysqlTls::Off, _) => options.ssl_mode(MySqlSslMode::Disabled),
            (MysqlTls::Auto, None) if is_loopback(url.host_str()) => options.ssl_mode(MySqlSslMode::Disabled),
            (MysqlTls::Auto | MysqlTls::Required, None) => options.ssl_mode(MySqlSslMode::Required),
            (MysqlTls::Verify, None) => options.ssl_mode(MySqlSslMode::VerifyIdentity),
            (_, Some(file)) => options.ssl_mode(MySqlSslMode::VerifyIdentity).ssl_ca(file),
        };
        if let Some(source) = &self.password {
            let secret = source.secret().await.map_err(SettingsError::Password)?;
            options = sign_in(options, &secret)?;
        }
        Ok(options)
    }
}

fn is_loopback(host: Option<&str>) -> bool {
    let Some(host) = host else { return true };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// With the secret's password, and its user where it names one: rotation may alternate between two.
fn sign_in(
    options: MySqlConnectOptions,
    secret: &SecretString,
) -> Result<MySqlConnectOptions, SettingsError> {
    let text = secret.expose_secret();
    if !text.trim_start().starts_with('{') {
        return Ok(options.password(text));
    }
    // What serde says could quote the secret.
    let json: serde_json::Value = serde_json::from_str(text).map_err(|_| SettingsError::Secret)?;
    let password = json["password"].as_str().ok_or(SettingsError::Secret)?;
    let options = match json["username"].as_str() {
        Some(user) => options.username(user),
        None => options,
    };
    Ok(options.password(password))
}

/// The settings lead to no server.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The URL cannot be read; it is not quoted, since it may hold a password.
    #[error(
        "the catalog's URL cannot be read: it must be mysql://user@host:3306/database, with special characters percent-encoded"
    )]
    Url,
    /// The URL names no database.
    #[error(
        "the catalog's URL names no database: it must end with one, as in mysql://user@host:3306/tintype"
    )]
    NoDatabase,
    /// The source of the password failed.
    #[error("the catalog's password cannot be read")]
    Password(#[source] PortError),
    /// The secret is JSON without a password.
    #[error("the catalog's secret begins as JSON but holds no text `password`")]
    Secret,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_this_machine_alone_is_loopback() {
        for host in [None, Some("localhost"), Some("127.0.0.1"), Some("[::1]")] {
            assert!(is_loopback(host), "{host:?}");
        }
        for host in ["10.0.0.1", "localhost.example.org", "db", "[2001:db8::1]"] {
            assert!(!is_loopback(Some(host)), "{host}");
        }
    }

    #[test]
    fn a_secret_is_a_password_or_rds_json() {
        let signed = |secret: &str| {
            sign_in(
                MySqlConnectOptions::new().username("u"),
                &secret.to_owned().into(),
            )
            .map(|options| options.to_url_lossy())
        };
        let url = signed("plain").unwrap();
        assert_eq!((url.username(), url.password()), ("u", Some("plain")));
        let url = signed(r#"{"username":"other","password":"{p1","engine":"mysql"}"#).unwrap();
        assert_eq!((url.username(), url.password()), ("other", Some("%7Bp1")));
        let url = signed(r#"{"password":"p"}"#).unwrap();
        assert_eq!((url.username(), url.password()), ("u", Some("p")));
        assert!(matches!(
            signed(r#"{"username":"other"}"#),
            Err(SettingsError::Secret)
        ));
        assert!(matches!(signed("{broken"), Err(SettingsError::Secret)));
    }
}
