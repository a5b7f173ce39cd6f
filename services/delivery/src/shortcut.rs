//! The way past everything: an answer that was given before and is still true.
//!
//! What may have changed since is asked each time, and each in one look at what is in memory: the manifest, what presets
//! stand for, the clock. A purge, or what is too old, makes another `Arc` or none, and then the routes are asked as ever.
//! Keys need no look: a process has the same ones for its life.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use domain::Manifest;
use http_kit::Shortcut;
use telemetry::CacheTier;

use crate::{
    accept::Bucket,
    answer::Lifetime,
    conditional,
    plans::{Grounds, Plan},
    presets::Meanings,
    serve::{Delivery, Inner},
};

impl Shortcut for Delivery {
    fn at_hand(&self, request: &Request) -> Option<(Response, &'static str)> {
        let (path, headers) = (request.uri().path(), request.headers());
        if *request.method() != Method::GET || !path.starts_with("/i/") || headers.contains_key(header::RANGE)
        {
            return None;
        }
        let inner = self.inner();
        let plan = inner.plans.find(path, Bucket::of(headers))?;
        if !inner.holds(&plan.grounds) {
            return None;
        }
        let seconds_left = match plan.expires_at_s.map(|end| inner.door.seconds_until(end)) {
            Some(0) => return None,
            left => left,
        };
        let mut response = inner.give(&plan, headers)?;
        if seconds_left.is_some() {
            let lifetime = Lifetime {
                seconds_left,
                ..plan.lifetime
            };
            let value = HeaderValue::try_from(lifetime.header()).ok()?;
            response.headers_mut().insert(header::CACHE_CONTROL, value);
        }
        Some((response, plan.route))
    }
}

impl Inner {
    /// Whether all that an answer follows from is as it was.
    fn holds(&self, grounds: &Grounds) -> bool {
        let Grounds {
            manifest,
            meanings,
            mark,
            ..
        } = grounds;
        let is_same = |known: &Arc<Manifest>| {
            let now = self.manifests.at_hand(known.image_id);
            now.is_some_and(|now| Arc::ptr_eq(&now, known))
        };
        let are_same = |known: &Arc<Meanings>| {
            let now = self.presets.at_hand();
            now.is_some_and(|now| Arc::ptr_eq(&now, known))
        };
        is_same(manifest) && meanings.as_ref().is_none_or(are_same) && mark.as_ref().is_none_or(is_same)
    }

    /// The answer, where its bytes are in memory or nobody wants them.
    fn give(&self, plan: &Plan, headers: &HeaderMap) -> Option<Response> {
        let (status, said, body, tier) = if conditional::client_has(headers, &plan.etag) {
            let body = Body::empty();
            (
                StatusCode::NOT_MODIFIED,
                plan.unchanged.clone(),
                body,
                CacheTier::Client,
            )
        } else {
            let said = plan.whole.as_ref()?;
            let bytes = self.variants.remembered(&plan.grounds.variant)?;
            (StatusCode::OK, said.clone(), Body::from(bytes), CacheTier::Memory)
        };
        telemetry::served(tier);
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = said;
        Some(response)
    }
}
