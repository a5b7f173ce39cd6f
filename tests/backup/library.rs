//! A library with something of everything, and a look at all of it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use api_client::{ApiClient, Credential, HttpTransport, Upload};
use api_types::{
    AddWebhookRequest, DescribeRequest, LibraryView, PutPresetRequest, SignInRequest, SignRequest,
};
use axum::{
    body::{Body, Bytes},
    http::Request,
};
use domain::{ImageId, ImageState, Visibility};
use http_body_util::BodyExt;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;
use testkit::{pictures, whole_library};

/// Who may edit, and with what.
pub(crate) const EDITOR: (&str, &str) = ("eve@example.org", "eve's long password");

/// How long other processes may take to do what was asked for.
const PATIENCE: Duration = Duration::from_secs(90);

/// Tintype at an address, to somebody with a key.
pub(crate) struct Visitor {
    url: String,
    key: String,
    pub(crate) client: ApiClient,
}

/// Everything that can be seen of a library.
#[derive(Debug, PartialEq)]
pub(crate) struct Sight {
    /// The library and the trash, as the api tells of each image.
    images: BTreeMap<ImageId, Value>,
    /// The originals.
    originals: BTreeMap<ImageId, Bytes>,
    /// What delivery answered: status, type and bytes.
    delivered: BTreeMap<String, (u16, String, Bytes)>,
    presets: Value,
    webhooks: Value,
}

fn upload(name: &str, bytes: impl Into<Bytes>) -> Upload {
    Upload {
        file_name: name.into(),
        body: bytes.into().into(),
        idempotency_key: None,
    }
}

impl Visitor {
    pub(crate) fn new(url: &str, key: &str) -> Self {
        let transport = HttpTransport::new(url).unwrap().boxed();
        Self {
            url: url.into(),
            key: key.into(),
            client: ApiClient::new(transport).with_credential(Credential::Key(key.into())),
        }
    }

    /// The same key at another address.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self::new(url, &self.key)
    }

    async fn get(&self, path: &str) -> (u16, String, Bytes) {
        let request = Request::get(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.key));
        let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
        let answer = client
            .request(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        let kind = answer
            .headers()
            .get("content-type")
            .map(|kind| kind.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, kind.unwrap_or_default(), body)
    }

    /// Waits until an image is ready.
    pub(crate) async fn until_ready(&self, id: ImageId) {
        let began = Instant::now();
        while self.client.image(id).await.unwrap().unwrap().summary.state != ImageState::Ready {
            assert!(began.elapsed() < PATIENCE, "image {id} does not become ready");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Uploads and waits until it is ready.
    async fn add(&self, name: &str, bytes: impl Into<Bytes>, visibility: Visibility) -> ImageId {
        let accepted = self
            .client
            .upload_as(upload(name, bytes), visibility)
            .await
            .unwrap();
        self.until_ready(accepted.summary.id).await;
        accepted.summary.id
    }

    /// Uploads, and waits for nobody.
    pub(crate) async fn send(&self, seed: u64) -> ImageId {
        let photograph = pictures::photograph(seed, 3000, 2000, 1);
        let accepted = self.client.upload(upload("later.jpg", photograph)).await.unwrap();
        accepted.summary.id
    }

    /// Puts in pictures of eight formats, describes and trashes and deletes some, and adds presets and a webhook.
    pub(crate) async fn fill(&self) {
        let public = Visibility::Public;
        let file = pictures::photograph(1, 1600, 1200, 6);
        let photograph = self.add("Kühe.jpg", file.clone(), public).await;
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 18'><circle cx='12' cy='9' r='8' fill='red'/></svg>";
        self.add("drawing.svg", svg, public).await;
        for format in ["webp", "avif", "png", "gif"] {
            let (status, _, bytes) = self.get(&format!("/i/{photograph}/w=300,f={format}")).await;
            assert_eq!(status, 200, "{format}");
            self.add(&format!("small.{format}"), bytes, public).await;
        }
        let words = DescribeRequest {
            title: Some("Kühe auf der Weide".into()),
            alt_text: Some("Three cows \u{1f404} look at the camera".into()),
            ..DescribeRequest::default()
        };
        self.client.describe(photograph, &words).await.unwrap();
        self.add(
            "private.jpg",
            pictures::photograph(2, 900, 600, 1),
            Visibility::Private,
        )
        .await;
        // Shares its bytes with the first, of which one more is deleted for good.
        self.add("the same.jpg", file.clone(), public).await;
        let gone = self.add("the same again.jpg", file, public).await;
        let trashed = self
            .add("trashed.jpg", pictures::photograph(3, 640, 480, 1), public)
            .await;
        for id in [gone, trashed] {
            self.client.trash(id).await.unwrap();
        }
        self.client.delete_permanently(gone).await.unwrap();
        self.until(async || self.client.image(gone).await.unwrap().is_none())
            .await;
        let card = PutPresetRequest {
            options: Some("w=120,h=90,fit=cover,f=webp".into()),
            ..PutPresetRequest::default()
        };
        self.client
            .put_preset(&"card".parse().unwrap(), &card)
            .await
            .unwrap();
        let path = format!("/i/{photograph}/p=card");
        self.until(async || self.get(&path).await.0 == 200).await;
        // Nothing of this kind happens: nobody is called.
        let webhook = AddWebhookRequest {
            url: "https://hooks.example.org/tintype".into(),
            kinds: vec!["image.failed".into()],
        };
        self.client.add_webhook(&webhook).await.unwrap();
    }

    async fn until(&self, mut holds: impl AsyncFnMut() -> bool) {
        let began = Instant::now();
        while !holds().await {
            assert!(began.elapsed() < PATIENCE, "it does not come to pass");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Looks at everything; at the same delivery paths as `before`, where somebody looked before.
    pub(crate) async fn look(&self, before: Option<&Sight>) -> Sight {
        let (mut images, mut originals, mut paths) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for view in [LibraryView::Library, LibraryView::Trash] {
            for image in whole_library(&self.client, view, 5).await {
                let id = image.id;
                let whole = self.client.image(id).await.unwrap().unwrap();
                images.insert(id, serde_json::to_value(whole).unwrap());
                let (status, _, original) = self.get(&format!("/api/v1/images/{id}/original")).await;
                assert_eq!((status, original.len() as u64), (200, image.size_bytes), "{id}");
                originals.insert(id, original);
                let options = ["w=100,f=webp", "w=64,h=64,fit=cover,f=jpeg", "original", "p=card"];
                paths.extend(options.map(|options| format!("/i/{id}/{options}")));
            }
        }
        let paths = match before {
            Some(before) => before.delivered.keys().cloned().collect(),
            None => {
                let request = SignRequest {
                    paths: Some(paths.clone()),
                    ..SignRequest::default()
                };
                let signed = self.client.sign(&request).await.unwrap().paths.unwrap();
                [paths, signed].concat()
            }
        };
        let mut delivered = BTreeMap::new();
        for path in paths {
            let (status, kind, body) = self.get(&path).await;
            // What is not shown is told with the id of the request.
            let body = if status == 200 { body } else { Bytes::new() };
            delivered.insert(path, (status, kind, body));
        }
        Sight {
            images,
            originals,
            delivered,
            presets: serde_json::to_value(self.client.presets().await.unwrap()).unwrap(),
            webhooks: serde_json::to_value(self.client.webhooks().await.unwrap()).unwrap(),
        }
    }

    /// Whether the editor can sign in.
    pub(crate) async fn editor_signs_in(&self) {
        let transport = HttpTransport::new(&self.url).unwrap().boxed();
        let request = SignInRequest {
            email: EDITOR.0.into(),
            password: EDITOR.1.into(),
        };
        ApiClient::new(transport).sign_in(&request).await.unwrap();
    }
}

impl Sight {
    /// What is to be seen if the look was at something at all.
    pub(crate) fn is_full(&self) {
        assert_eq!((self.images.len(), self.originals.len()), (9, 9));
        let answers = |status| {
            self.delivered
                .values()
                .filter(|answer| answer.0 == status)
                .count()
        };
        // Of eight images in the library, signed: four ways each, but for the drawing's original, which is never shown. Unsigned:
        // no original, and nothing of the private one. Of the trashed one nothing.
        assert_eq!((self.delivered.len(), answers(200)), (72, 8 * 4 - 1 + 7 * 3));
    }

    fn statuses(&self) -> BTreeMap<&str, u16> {
        self.delivered
            .iter()
            .map(|(path, answer)| (path.as_str(), answer.0))
            .collect()
    }

    /// Leaves an image out of the comparison.
    pub(crate) fn forget(&mut self, id: ImageId) {
        self.images.remove(&id).expect("the image is there");
        self.originals.remove(&id);
    }

    /// Compares what delivery says, and nothing else.
    pub(crate) fn delivers_the_same(&self, now: &Self) {
        assert_eq!(self.statuses(), now.statuses());
        assert!(self.delivered == now.delivered, "bytes are not the same again");
    }

    /// Compares what is seen now with this; what became of the image that was waiting is looked at elsewhere.
    pub(crate) fn is_seen_again(&self, mut now: Self, waiting: ImageId) {
        now.forget(waiting);
        assert_eq!(self.images, now.images);
        assert_eq!((&self.presets, &self.webhooks), (&now.presets, &now.webhooks));
        assert_eq!(self.statuses(), now.statuses());
        assert!(*self == now, "bytes are not the same again");
    }
}
