//! Secrets: read when they are asked for, kept nowhere, so that a rotated one is there with the next question.

use aws_sdk_secretsmanager::Client;
use ports::PortError;
use secrecy::SecretString;
use serde_json::Value;

use crate::{
    AwsContext,
    failure::{failed, unavailable},
};

const WHAT: &str = "the secret";

/// Secrets Manager.
#[derive(Clone)]
pub struct SecretsManager {
    client: Client,
}

impl SecretsManager {
    /// Secrets Manager of the context's region.
    pub fn new(context: &AwsContext) -> Self {
        Self {
            client: context.secrets_manager(),
        }
    }

    /// The current value of the secret with this name or ARN: the `password` in it where it is an object, as those are that
    /// RDS manages (`{"username": …, "password": …}`), else the whole text.
    ///
    /// # Errors
    /// When it cannot be read, or has no password in it. The error names the secret and shows nothing of its value.
    pub async fn secret(&self, name: &str) -> Result<SecretString, PortError> {
        let found = self
            .client
            .get_secret_value()
            .secret_id(name)
            .send()
            .await
            .map_err(failed(
                WHAT,
                format_args!("secretsmanager:GetSecretValue of {name}"),
            ))?;
        let Some(text) = found.secret_string else {
            return Err(unavailable(
                WHAT,
                format_args!("{name} holds bytes, and a text was expected"),
            ));
        };
        password(text).ok_or_else(|| {
            unavailable(
                WHAT,
                format_args!("{name} holds a JSON object without a text named \"password\""),
            )
        })
    }
}

fn password(text: String) -> Option<SecretString> {
    match serde_json::from_str(&text) {
        Ok(Value::Object(fields)) => match fields.get("password") {
            Some(Value::String(password)) => Some(SecretString::from(password.clone())),
            _ => None,
        },
        // A password of digits alone is JSON, too.
        _ => Some(SecretString::from(text)),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn read(text: &str) -> Option<String> {
        password(text.to_owned()).map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn a_secret_is_what_rds_writes_or_a_plain_text() {
        let managed = r#"{"username":"admin","password":"p\"w"}"#;
        assert_eq!(read(managed).as_deref(), Some("p\"w"));
        for plain in ["hunter2", "123456", "\"quoted\"", "{not json", "k1:abc,k2:def"] {
            assert_eq!(read(plain).as_deref(), Some(plain));
        }
        assert_eq!(read(r#"{"username":"admin"}"#), None);
        assert_eq!(read(r#"{"password":5}"#), None);
    }
}
