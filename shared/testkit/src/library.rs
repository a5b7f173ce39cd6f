//! Reading a listing to its end.

use api_client::ApiClient;
use api_types::{ImageSummary, LibraryView};

/// Every image of the view, in the order in which its pages of `limit` show them.
pub async fn whole_library(client: &ApiClient, view: LibraryView, limit: u32) -> Vec<ImageSummary> {
    let mut images = Vec::new();
    let mut cursor = None;
    loop {
        let page = client.images(view, cursor.as_deref(), limit).await.unwrap();
        images.extend(page.images);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return images;
        }
    }
}
