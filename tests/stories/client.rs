//! The api's client: in process in the one shape, over sockets in the other.

use api_client::Upload;
use api_types::LibraryView;
use domain::ImageState;
use testkit::{System, pictures, whole_library};

async fn the_client_does_what_its_methods_say(app: System) {
    let (client, _) = app.admin().await;
    assert!(client.session().await.unwrap().user.is_some());
    let body = pictures::jpeg(&pictures::scene(1, 64, 48)).into();
    let upload = Upload {
        file_name: "ä ö&ü=?.jpg".into(),
        body,
        idempotency_key: Some("k".into()),
    };
    let image = client.upload(upload).await.unwrap();
    assert_eq!(image.summary.file_name, "ä ö&ü=?.jpg");
    let ready = app.image_in(&client, image.summary.id, ImageState::Ready).await;
    let listed = whole_library(&client, LibraryView::Library, 10).await;
    assert!(listed.contains(&ready.summary), "{listed:?}");
    client.trash(ready.summary.id).await.unwrap();
    let trash = whole_library(&client, LibraryView::Trash, 10).await;
    assert!(
        trash.iter().any(|image| image.id == ready.summary.id),
        "{trash:?}"
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

in_each_shape!(the_client_does_what_its_methods_say);
