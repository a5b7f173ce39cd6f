//! Stories that cross services: what people and programs do with Tintype, through its routes.

#![allow(clippy::unwrap_used, reason = "a story that cannot be told has failed")]

/// Tells each story three times: in one process over the embedded adapters, through five processes on MySQL and the AWS APIs, and
/// through the containers of docker-compose.yml, where tests/compose/run has started them. What a story needs of the one shape alone
/// stands beside it as an ordinary test, with its reason in README.md.
macro_rules! in_each_shape {
    ($($story:ident),+ $(,)?) => {
        mod embedded {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$story(testkit::System::embedded().await).await;
                }
            )+
        }

        mod processes {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$story(testkit::System::deployed(crate::fleet())).await;
                }
            )+
        }

        mod compose {
            $(
                #[tokio::test]
                #[ignore = "told by tests/compose/run, which starts the containers"]
                async fn $story() {
                    super::$story(testkit::System::deployed(crate::compose())).await;
                }
            )+
        }
    };
}

mod accounts;
mod client;
mod dead_letters;
mod direct_uploads;
mod events;
mod library;
mod many_pictures;
mod presets;
mod private;
mod process;
mod signing;
mod topic;
mod traces;
mod upload;
mod webhooks;
mod wrong_input;

use std::sync::OnceLock;

use api_client::{ApiClient, Upload};
use api_types::ImageResource;
use testkit::{ComposeProject, Fleet};

/// The five processes, started once for all stories.
fn fleet() -> &'static Fleet {
    static FLEET: OnceLock<Fleet> = OnceLock::new();
    FLEET.get_or_init(|| {
        // Stories have receivers of webhooks on this machine.
        let private = ("TINTYPE_WEBHOOKS_PRIVATE_ADDRESSES", "true");
        Fleet::start(env!("CARGO_BIN_EXE_tintype"), &[private])
    })
}

/// The containers that run already.
fn compose() -> &'static ComposeProject {
    static PROJECT: OnceLock<ComposeProject> = OnceLock::new();
    PROJECT.get_or_init(ComposeProject::told)
}

/// Uploads bytes under a name.
async fn upload(client: &ApiClient, file_name: &str, bytes: Vec<u8>) -> ImageResource {
    let upload = Upload {
        file_name: file_name.into(),
        body: bytes.into(),
        idempotency_key: None,
    };
    client.upload(upload).await.unwrap()
}
