//! Who may see what: signatures, their end, private images.
//!
//! To whoever may not see a private image it does not exist: the answer is the one for an id that nobody ever gave.

use std::sync::Arc;

use delivery_url::{Options, Request, Target};
use domain::{KeyRing, LIBRARY_WIDTHS, Manifest, SignatureError, Visibility};
use ports::Clock;

use crate::{
    errors::DeliveryError,
    settings::{DeliverySettings, Signatures},
};

/// The one who is asked first.
pub(crate) struct Door {
    keys: Arc<KeyRing>,
    clock: Arc<dyn Clock>,
    signatures: Signatures,
    only_presets: bool,
}

/// What became of a URL's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    /// There is none.
    Unsigned,
    /// It is right, for so many seconds more where it ends.
    Signed { seconds_left: Option<u32> },
    /// It is not right.
    Wrong(SignatureError),
    /// It was right until a moment ago.
    Expired,
}

impl Pass {
    /// How long an answer may be kept.
    pub(crate) fn seconds_left(self) -> Option<u32> {
        match self {
            Self::Signed { seconds_left } => seconds_left,
            Self::Unsigned | Self::Wrong(_) | Self::Expired => None,
        }
    }
}

impl Door {
    pub(crate) fn new(keys: Arc<KeyRing>, clock: Arc<dyn Clock>, settings: &DeliverySettings) -> Self {
        Self {
            keys,
            clock,
            signatures: settings.signatures,
            only_presets: settings.only_presets,
        }
    }

    /// Checks the signature of `path`, which was read as `request`.
    pub(crate) fn pass(&self, path: &str, request: &Request) -> Pass {
        if !request.signed {
            return Pass::Unsigned;
        }
        if let Err(error) = self.keys.verify(path) {
            return Pass::Wrong(error);
        }
        let Some(end) = request.terms.expires_at_s else {
            return Pass::Signed { seconds_left: None };
        };
        match self.seconds_until(end) {
            0 => Pass::Expired,
            seconds => Pass::Signed {
                seconds_left: Some(seconds),
            },
        }
    }

    /// Seconds from now to `end`, which is counted from 1970; 0 from then on.
    pub(crate) fn seconds_until(&self, end: u32) -> u32 {
        u32::try_from(i64::from(end) - self.clock.now().as_second()).unwrap_or(0)
    }

    /// What can be refused before anything is known of the image.
    ///
    /// # Errors
    /// When what is asked for needs a signature and there is none at all, or a preset and it is none.
    pub(crate) fn check_request(&self, pass: Pass, request: &Request) -> Result<(), DeliveryError> {
        if self.only_presets
            && let Target::Options(options) = &request.target
            && (pass == Pass::Unsigned || !is_of_the_library(options))
        {
            // Whoever signs can ask for the original; what may be rendered is for the presets to say. The library's pages
            // sign what they show of it, in sizes of their own.
            return Err(DeliveryError::OnlyPresets);
        }
        if pass != Pass::Unsigned {
            return Ok(());
        }
        match (&request.target, self.signatures) {
            // It says where it was taken, and whatever else its camera wrote.
            (Target::Original, _) => Err(DeliveryError::OriginalUnsigned),
            (Target::Options(_), Signatures::Required) => Err(DeliveryError::SignatureRequired),
            // What a preset costs was decided by those who made it.
            (Target::Preset(_), _) | (Target::Options(_), Signatures::Optional) => Ok(()),
        }
    }

    /// Whether this image may be shown to the bearer. A signature that is there must be right, also where none is
    /// needed: who signs a URL wants to hear that it is wrong before everybody needs it.
    ///
    /// # Errors
    /// When it may not.
    pub(crate) fn check_image(&self, pass: Pass, manifest: &Manifest) -> Result<(), DeliveryError> {
        match (pass, manifest.visibility) {
            (Pass::Signed { .. }, _) | (Pass::Unsigned, Visibility::Public) => Ok(()),
            (_, Visibility::Private) => Err(DeliveryError::ImageNotFound),
            (Pass::Wrong(error), Visibility::Public) => Err(DeliveryError::InvalidSignature(error)),
            (Pass::Expired, Visibility::Public) => Err(DeliveryError::Expired),
        }
    }
}

/// Whether it is one of the sizes in which the library's pages show pictures, and nothing beside.
fn is_of_the_library(options: &Options) -> bool {
    let canonical = options.canonical();
    let width = canonical.strip_prefix("w=").and_then(|width| width.parse().ok());
    width.is_some_and(|width| LIBRARY_WIDTHS.contains(&width))
}
