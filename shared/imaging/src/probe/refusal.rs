//! A refusal as it is told: a code for programs, a sentence for people.

use super::ProbeError;

impl ProbeError {
    /// Stable, in kebab-case: the same wherever the file came from.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty-file",
            Self::UnsupportedFormat { .. } => "unsupported-format",
            Self::Animated { .. } => "animated-image",
            Self::Truncated { .. } => "truncated-file",
            Self::TooManyPixels { .. } | Self::SideTooLong { .. } => "too-many-pixels",
            Self::TooManyFrames { .. } | Self::TooManyAnimationPixels { .. } => "animation-too-large",
            Self::NoPixels | Self::Damaged { .. } => "damaged-file",
        }
    }

    /// The reason as a sentence of its own.
    pub fn sentence(&self) -> String {
        let text = self.to_string();
        let mut chars = text.chars();
        let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
        format!("{first}{}.", chars.as_str())
    }
}
