//! The contract of [`LeaseCatalog`](crate::LeaseCatalog).

use super::samples::at;
use crate::Catalog;

pub(super) async fn leases(catalog: &dyn Catalog) {
    assert!(
        catalog
            .hold_lease("relay", "a", at(0), at(10))
            .await
            .expect("hold")
    );
    assert!(
        !catalog
            .hold_lease("relay", "b", at(9), at(20))
            .await
            .expect("hold"),
        "two holders"
    );
    assert!(
        catalog
            .hold_lease("relay", "a", at(9), at(19))
            .await
            .expect("hold")
    );
    assert!(
        catalog
            .hold_lease("relay", "b", at(19), at(30))
            .await
            .expect("hold"),
        "a lease outlived its end"
    );
    assert!(
        !catalog
            .hold_lease("relay", "a", at(20), at(40))
            .await
            .expect("hold")
    );
    catalog.release_lease("relay", "a").await.expect("release");
    assert!(
        !catalog
            .hold_lease("relay", "a", at(20), at(40))
            .await
            .expect("hold"),
        "released by another"
    );
    catalog.release_lease("relay", "b").await.expect("release");
    assert!(
        catalog
            .hold_lease("relay", "a", at(20), at(40))
            .await
            .expect("hold")
    );
    catalog.release_lease("relay", "a").await.expect("release");
}
