//! Server-sent events: told in order, and resumed where a browser was.

use api_types::EventResource;
use axum::{
    body::Body,
    http::{Request, header},
};
use domain::{EventKind, ImageId, ImageState};
use http_body_util::BodyExt;
use testkit::{System, pictures};

use crate::upload;

/// What happens to an image that becomes ready.
const LIFE: [EventKind; 3] = [EventKind::Accepted, EventKind::Processing, EventKind::Ready];

/// A browser with an open stream of events.
struct Browser {
    body: Body,
    text: String,
}

impl Browser {
    async fn listen(app: &System, token: &str, path: &str, last_event_id: Option<u64>) -> Self {
        let mut request = Request::get(path).header(header::COOKIE, format!("tintype_session={token}"));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = app.stream(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        let mut browser = Self {
            body: response.into_body(),
            text: String::new(),
        };
        // The greeting: from here on it is told of what happens.
        browser.read().await;
        browser
    }

    async fn read(&mut self) {
        let frame = self.body.frame().await.unwrap().unwrap();
        self.text
            .push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
    }

    /// The first `count` events of an image: sequence and kind of each. Others may be told between them.
    async fn hears_of(&mut self, image: ImageId, count: usize) -> Vec<(u64, EventKind)> {
        loop {
            let whole = self.text.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
            let told = whole.lines().filter_map(|line| line.strip_prefix("data: "));
            let told: Vec<EventResource> = told.map(|data| serde_json::from_str(data).unwrap()).collect();
            assert!(
                told.is_sorted_by(|one, next| one.sequence < next.sequence),
                "{}",
                self.text
            );
            for event in &told {
                let fields = format!("id: {}\n", event.sequence);
                assert!(self.text.contains(&fields), "{}", self.text);
                assert!(self.text.contains(&format!("event: {}\n", event.kind.name())));
            }
            let of_it = told.iter().filter(|event| event.image_id == image);
            let of_it: Vec<_> = of_it.map(|event| (event.sequence, event.kind)).collect();
            if of_it.len() >= count {
                return of_it;
            }
            self.read().await;
        }
    }
}

async fn a_browser_that_comes_back_goes_on_where_it_was(app: System) {
    let (admin, token) = app.admin().await;
    let image = upload(&admin, "a.jpg", pictures::jpeg(&pictures::scene(1, 64, 64))).await;
    let id = image.summary.id;
    app.image_in(&admin, id, ImageState::Ready).await;
    let mut first = Browser::listen(&app, &token, "/api/v1/events?after=0", None).await;
    let (sequences, kinds): (Vec<u64>, Vec<EventKind>) = first.hears_of(id, 3).await.into_iter().unzip();
    assert_eq!(kinds, LIFE);
    let mut back = Browser::listen(&app, &token, "/api/v1/events?after=0", Some(sequences[1])).await;
    assert_eq!(back.hears_of(id, 1).await, [(sequences[2], EventKind::Ready)]);
}

async fn an_open_browser_is_told_at_once(app: System) {
    let (admin, token) = app.admin().await;
    let mut browser = Browser::listen(&app, &token, "/api/v1/events", None).await;
    let image = upload(&admin, "a.jpg", pictures::jpeg(&pictures::scene(1, 64, 64))).await;
    let id = image.summary.id;
    app.image_in(&admin, id, ImageState::Ready).await;
    let told = browser.hears_of(id, 3).await;
    assert_eq!(told.into_iter().map(|(_, kind)| kind).collect::<Vec<_>>(), LIFE);
}

in_each_shape!(
    a_browser_that_comes_back_goes_on_where_it_was,
    an_open_browser_is_told_at_once,
);
