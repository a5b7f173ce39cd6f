//! What the domain knows, as it goes over the wire.

use api_types::{FailureResource, ImageResource, ImageSummary, UserResource};
use domain::{Image, User};

pub(crate) fn summary(image: &Image) -> ImageSummary {
    let analysis = image.analysis.as_ref();
    ImageSummary {
        id: image.id,
        version: image.version,
        state: image.state,
        file_name: image.file_name.to_string(),
        title: image.title.to_string(),
        alt_text: image.alt_text.to_string(),
        visibility: image.visibility,
        format: image.original.format,
        size_bytes: image.original.size_bytes,
        width: analysis.map(|analysis| analysis.width),
        height: analysis.map(|analysis| analysis.height),
        content_version: image.content_version,
        thumbhash: analysis.map(|analysis| analysis.thumbhash.clone()),
        failure: image.failure.as_ref().map(|failure| FailureResource {
            code: failure.code.clone(),
            reason: failure.reason.clone(),
        }),
        created_at: image.created_at,
        updated_at: image.updated_at,
        trashed_at: image.trashed_at,
    }
}

pub(crate) fn image(image: &Image) -> ImageResource {
    ImageResource {
        summary: summary(image),
        sha256: image.original.sha256.to_string(),
        analysis: image.analysis.clone(),
    }
}

pub(crate) fn user(user: &User) -> UserResource {
    UserResource {
        id: user.id,
        email: user.email.to_string(),
        role: user.role,
    }
}
