//! `/api/v1/images`: one file an endpoint.

pub(crate) mod describe;
pub(crate) mod list;
pub(crate) mod original;
pub(crate) mod retry;
pub(crate) mod show;
pub(crate) mod trash;
pub(crate) mod upload;

use domain::{Image, ImageId, Visibility};
use ports::{Changed, Plan};

use crate::{Api, error::ApiError};

/// The id in a path; what is none is the id of no image.
fn parse_id(id: &str) -> Result<ImageId, ApiError> {
    id.parse()
        .map_err(|_| ApiError::image_not_found(id.chars().take(64).collect::<String>()))
}

/// The visibility of this name, or what is wrong with it: words that read after what they are about.
pub(crate) fn parse_visibility(name: &str) -> Result<Visibility, String> {
    name.parse().map_err(|error: domain::UnknownVisibility| {
        let name: String = name.chars().take(64).collect();
        format!("{error}, and is {name:?}")
    })
}

/// Changes an image, or says why not.
async fn change(
    api: &Api,
    id: ImageId,
    plan: impl FnMut(&Image) -> Option<Plan> + Send,
) -> Result<Image, ApiError> {
    match ports::change_image(&*api.catalog, &*api.clock, &*api.entropy, id, plan).await? {
        Changed::Yes(image) | Changed::Unneeded(image) => Ok(*image),
        Changed::Missing => Err(ApiError::image_not_found(id)),
        Changed::Refused(refused, _) => Err(ApiError::refused(id, refused)),
    }
}
