//! The contract of [`Catalog`]: one file an aggregate, and what several processes do at once.

mod accounts;
mod dead_letters;
mod direct_uploads;
mod images;
mod leases;
mod outbox;
mod presets;
mod races;
mod samples;
mod webhooks;

use domain::Role;

use crate::Catalog;

/// Every test, one after the other, on an empty catalog.
pub async fn all(catalog: &dyn Catalog) {
    accounts::accounts(catalog).await;
    leases::leases(catalog).await;
    images::images(catalog).await;
    outbox::outbox(catalog).await;
    presets::presets(catalog).await;
    let [one, other] = [samples::user(70, Role::Editor), samples::user(71, Role::Editor)];
    for user in [&one, &other] {
        assert!(catalog.add_user(user).await.expect("add"));
    }
    direct_uploads::direct_uploads(catalog, &one, &other).await;
    dead_letters::dead_letters(catalog).await;
    webhooks::webhooks(catalog).await;
    catalog.ping().await.expect("a catalog that works can be reached");
}

/// What must not happen where two processes, each with a pool of its own, work on one empty catalog at once: something twice, and
/// something lost.
pub async fn races(one: &dyn Catalog, other: &dyn Catalog) {
    races::all(one, other).await;
}
