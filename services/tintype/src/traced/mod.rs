//! The ports with a step of a trace around each call, and the trace on every message that leaves.
//!
//! Around the adapters and not in them: a reader of a trace wants to know what was asked of the catalog or the blob store and
//! how long that took, whichever it is; and no adapter can forget it. The services, too, need not know: a message is stamped
//! with the step that stores it. Outside of a step there is none to be the next of: a relay that looks at its outbox ten
//! times a second makes no traces.
//!
//! Every method of a port stands here, those with a default body as well: one that is left out would not reach the adapter.

mod blobs;
mod catalog;
mod queue;
mod uploads;
mod writer;

use std::borrow::Cow;

use domain::OutboxMessage;
use ports::PortError;
use tracing::{Instrument, Span};

pub use blobs::TracedBlobStore;
pub use catalog::TracedCatalog;
pub use queue::{TracedNotifier, TracedQueue};
pub use uploads::TracedDirectUploads;

/// Implements a port by the one inside, each call in a step that is named `port.method`. Methods that store messages are
/// listed behind the others, without their last argument.
macro_rules! traced {
    ($port:literal, $trait:ident for $type:ident {
        $(fn $name:ident($($arg:ident: $arg_type:ty),* $(,)?) -> $answer:ty;)*
        $(stores fn $stores:ident($($stored:ident: $stored_type:ty),* $(,)?) -> $stored_answer:ty;)*
    }) => {
        #[async_trait::async_trait]
        impl ports::$trait for $type {
            $(
                async fn $name(&self, $($arg: $arg_type),*) -> Result<$answer, ports::PortError> {
                    let step = $crate::traced::step!(concat!($port, ".", stringify!($name)), "client");
                    $crate::traced::within(step, self.0.$name($($arg),*)).await
                }
            )*
            $(
                async fn $stores(
                    &self,
                    $($stored: $stored_type,)*
                    messages: &[domain::OutboxMessage],
                ) -> Result<$stored_answer, ports::PortError> {
                    // Of the caller's step, and not of this one, which ends before anybody takes the message up.
                    let messages = $crate::traced::stamped(messages);
                    let step = $crate::traced::step!(concat!($port, ".", stringify!($stores)), "client");
                    $crate::traced::within(step, self.0.$stores($($stored,)* &messages)).await
                }
            )*
        }
    };
}

/// A step within the one that is under way; none where nobody records that.
macro_rules! step {
    ($name:expr, $kind:literal) => {
        if telemetry::is_recording() {
            tracing::debug_span!($name, otel.kind = $kind)
        } else {
            tracing::Span::none()
        }
    };
}

use {step, traced, writer::TracedWriter};

async fn within<T>(step: Span, call: impl Future<Output = Result<T, PortError>>) -> Result<T, PortError> {
    let noted = async {
        call.await
            .inspect_err(|error| telemetry::failed(|| error.to_string()))
    };
    noted.instrument(step).await
}

/// The messages, each with the step that is under way, unless it has one already.
fn stamped(messages: &[OutboxMessage]) -> Cow<'_, [OutboxMessage]> {
    let Some(here) = telemetry::current() else {
        return Cow::Borrowed(messages);
    };
    let mut messages = messages.to_vec();
    for message in &mut messages {
        let traceparent = match message {
            OutboxMessage::Job(envelope) => &mut envelope.traceparent,
            OutboxMessage::Event(event) => &mut event.traceparent,
        };
        traceparent.get_or_insert_with(|| here.traceparent());
    }
    Cow::Owned(messages)
}
