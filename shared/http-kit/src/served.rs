//! What a process serves: its routes, and before them a shortcut to answers that are at hand.
//!
//! A route costs more than such an answer: it is looked up, its layers are boxed one by one, its handler is given copies
//! of what it may not need. The shortcut is asked first, and what it answers is told of as the routes' answers are.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode},
    response::Response,
};
use tower::Service;

use crate::{
    layers::LayerSettings,
    visit::{Visit, finish},
};

/// Whoever has answers at hand.
pub trait Shortcut: Clone + Send + Sync + 'static {
    /// The answer to a request, and the route that would have given the same. None where the routes are to be asked.
    ///
    /// Nothing may wait here, and nothing stands before it: no layer has looked at the request.
    fn at_hand(&self, request: &Request) -> Option<(Response, &'static str)>;
}

/// Makes room in the headers of an answer that is kept for what every answer is given.
pub fn make_room(headers: &mut HeaderMap, status: StatusCode) {
    finish(headers, status, HeaderValue::from_static(""));
}

/// Routes with the standard layers around them, and the shortcut before them, where there is one.
#[derive(Clone)]
pub struct Served<S> {
    routes: Router,
    layers: LayerSettings,
    shortcut: Option<S>,
}

impl<S: Shortcut> Served<S> {
    /// `routes` have their layers already.
    pub fn new(routes: Router, layers: LayerSettings, shortcut: Option<S>) -> Self {
        Self {
            routes,
            layers,
            shortcut,
        }
    }

    /// The same as routes, for whoever wants those: a test, or a client in this process.
    pub fn into_routes(self) -> Router {
        Router::new().fallback_service(self)
    }

    fn at_hand(&self, request: &Request) -> Option<Response> {
        let (mut response, route) = self.shortcut.as_ref()?.at_hand(request)?;
        let visit = Visit::begin(&self.layers, request, route);
        let span = visit.span.clone();
        span.in_scope(|| {
            visit.name();
            visit.end(&mut response);
        });
        Some(response)
    }
}

impl<S: Shortcut> Service<Request> for Served<S> {
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.at_hand(&request) {
            Some(response) => Answering::AtHand(ready(Ok(response))),
            None => Answering::Routed(Box::pin(self.routes.call(request))),
        }
    }
}

/// An answer on its way.
pub enum Answering {
    /// It is there.
    AtHand(Ready<Result<Response, Infallible>>),
    /// The routes make it.
    Routed(Pin<Box<<Router as Service<Request>>::Future>>),
}

impl Future for Answering {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::AtHand(answer) => Pin::new(answer).poll(context),
            Self::Routed(answer) => answer.as_mut().poll(context),
        }
    }
}
