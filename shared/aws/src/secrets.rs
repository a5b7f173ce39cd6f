//! Secrets: read when they are asked for, kept nowhere, so that a rotated one is there with the next question.

use aws_sdk_secretsmanager::Client;
use ports::PortError;
use secrecy::SecretString;

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

    /// The current text of the secret with this name or ARN, as it is: what stands in it is for the one who asked to read. RDS's
    /// names a user beside the password, and rotation may change both.
    ///
    /// # Errors
    /// When it cannot be read, or is no text. The error names the secret and shows nothing of its value.
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
        let text = found
            .secret_string
            .ok_or_else(|| unavailable(WHAT, format_args!("{name} holds bytes, and a text was expected")))?;
        Ok(SecretString::from(text))
    }
}
