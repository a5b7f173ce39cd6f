//! One suite for the api's client, in process and over a socket.

use api_client::{ApiClient, HttpTransport, Upload};
use api_types::LibraryView;
use domain::ImageState;
use testkit::{TestApp, pictures};
use tokio::net::TcpListener;

async fn suite(app: &TestApp, client: ApiClient) {
    assert!(client.session().await.unwrap().user.is_some());
    let body = pictures::jpeg(&pictures::scene(1, 64, 48)).into();
    let upload = Upload {
        file_name: "ä ö&ü=?.jpg".into(),
        body,
        idempotency_key: Some("k".into()),
    };
    let image = client.upload(upload).await.unwrap();
    assert_eq!(image.summary.file_name, "ä ö&ü=?.jpg");
    app.drain().await;
    let ready = client.image(image.summary.id).await.unwrap().unwrap();
    assert_eq!(ready.summary.state, ImageState::Ready);
    let page = client.images(LibraryView::Library, None, 10).await.unwrap();
    assert_eq!(
        (page.images, page.next_cursor),
        (vec![ready.summary.clone()], None)
    );
    client.trash(ready.summary.id).await.unwrap();
    assert_eq!(
        client
            .images(LibraryView::Trash, None, 10)
            .await
            .unwrap()
            .images
            .len(),
        1
    );
    client.restore(ready.summary.id).await.unwrap();
    let missing = "019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e".parse().unwrap();
    assert!(client.image(missing).await.unwrap().is_none());
    assert_eq!(
        client.trash(missing).await.unwrap_err().code(),
        Some("image-not-found")
    );
    client.sign_out().await.unwrap();
    assert_eq!(
        client
            .images(LibraryView::Library, None, 10)
            .await
            .unwrap_err()
            .code(),
        Some("not-signed-in")
    );
}

#[tokio::test]
async fn the_client_works_in_process() {
    let app = TestApp::new().await;
    let (admin, _) = app.admin().await;
    suite(&app, admin).await;
}

#[tokio::test]
async fn the_client_works_over_a_socket() {
    let app = TestApp::new().await;
    let (_, token) = app.admin().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let routes = app.routes();
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    let client = ApiClient::new(HttpTransport::new(&url).unwrap().boxed());
    suite(
        &app,
        client.with_credential(api_client::Credential::Session(token)),
    )
    .await;
}
