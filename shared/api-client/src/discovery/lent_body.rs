//! A body that comes back when nobody read it.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};

/// A request's body between attempts to send it. A client that cannot connect drops what it was given; what it is given
/// here is a loan.
pub(super) struct Lent {
    body: Arc<Mutex<Body>>,
    read: Arc<AtomicBool>,
}

impl Lent {
    pub(super) fn new(body: Body) -> Self {
        Self {
            body: Arc::new(Mutex::new(body)),
            read: Arc::new(AtomicBool::new(false)),
        }
    }

    /// The body, for one attempt. Only one loan may be read.
    pub(super) fn lend(&self) -> Loan {
        Loan {
            body: self.body.clone(),
            read: self.read.clone(),
        }
    }

    /// Whether an attempt took any of it: it cannot be sent again.
    pub(super) fn was_read(&self) -> bool {
        self.read.load(Ordering::Acquire)
    }
}

pub(super) struct Loan {
    body: Arc<Mutex<Body>>,
    read: Arc<AtomicBool>,
}

impl HttpBody for Loan {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut body = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        let frame = Pin::new(&mut *body).poll_frame(context);
        // The end of an empty body can be told again.
        if matches!(frame, Poll::Ready(Some(_))) {
            self.read.store(true, Ordering::Release);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .size_hint()
    }
}
