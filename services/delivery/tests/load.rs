//! Many requests at once, clients that leave, and a store that is slow or away.

mod common;

use std::{pin::pin, sync::atomic::Ordering, time::Duration};

use axum::http::StatusCode;
use common::{Site, forgetful, id};
use domain::{Availability, BlobKey, ImageFormat};
use futures::{
    FutureExt, StreamExt,
    future::{join_all, select},
    stream::FuturesUnordered,
};
use tintype_delivery::DeliverySettings;

fn settings(max_renders: usize, max_waiting: usize) -> DeliverySettings {
    DeliverySettings {
        max_renders,
        max_waiting,
        ..forgetful()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_requests_for_one_variant_cause_one_render() {
    // Places for two: were there a second render among them, it would be refused or counted.
    let site = std::sync::Arc::new(Site::with(settings(1, 1)).await);
    let requests = (0..200).map(|number| {
        let site = std::sync::Arc::clone(&site);
        let options = if number % 2 == 0 {
            "w=200,h=100,fit=cover,f=webp"
        } else {
            "f=webp,fit=cover,height=100,width=200"
        };
        tokio::spawn(async move { site.get(options).await })
    });
    let answers: Vec<_> = join_all(requests).await.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
    site.blobs.until(1, "has", "/variants/").await;
    assert_eq!(site.renders(), 1);
    assert_eq!(site.blobs.count("put", "/variants/"), 1);
}

#[tokio::test]
async fn beyond_the_waiting_line_the_answer_is_busy_at_once_while_stored_variants_go_on() {
    let site = Site::with(settings(1, 1)).await;
    assert_eq!(site.get("w=10,f=jpeg").await.status, StatusCode::OK);
    site.blobs.until(1, "has", "/variants/").await;
    site.blobs.hold_mezzanines();
    let mut requests: FuturesUnordered<_> = (0..5)
        .map(|number| site.get_owned(format!("w={},f=jpeg", 20 + number)))
        .collect();
    for _ in 0..3 {
        let answer = requests.next().await.unwrap();
        assert_eq!(answer.refusal(), (429, "busy".to_owned()));
        assert_eq!(answer.header("retry-after"), "1");
    }
    assert_eq!(
        site.get("w=10,f=jpeg").await.header("server-timing"),
        "cache;desc=\"stored\""
    );
    site.blobs.release_mezzanines();
    let rest: Vec<_> = requests.collect().await;
    assert_eq!(rest.len(), 2);
    assert!(rest.iter().all(|answer| answer.status == StatusCode::OK));
}

#[tokio::test]
async fn followers_are_answered_when_the_first_client_goes_away() {
    let site = Site::new().await;
    site.blobs.hold_mezzanines();
    let options = "w=90,f=jpeg";
    {
        let leader = pin!(site.get(options));
        select(leader, pin!(site.blobs.until(1, "get", "/mezzanines/"))).await;
        // It is dropped here, in the middle of its render.
    }
    let mut follower = pin!(site.get(options));
    assert!(follower.as_mut().now_or_never().is_none());
    site.blobs.release_mezzanines();
    let answer = follower.await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(site.renders(), 1);
}

#[tokio::test]
async fn a_render_that_everybody_left_is_stored_for_the_next_one() {
    let site = Site::new().await;
    site.blobs.hold_mezzanines();
    {
        let leader = pin!(site.get("w=90,f=jpeg"));
        select(leader, pin!(site.blobs.until(1, "get", "/mezzanines/"))).await;
    }
    site.blobs.release_mezzanines();
    site.blobs.until(1, "has", "/variants/").await;
    let answer = site.get("w=90,f=jpeg").await;
    assert_eq!(answer.header("server-timing"), "cache;desc=\"stored\"");
    assert_eq!(site.renders(), 1);
}

#[tokio::test]
async fn a_client_that_leaves_before_its_render_starts_costs_nothing() {
    let site = Site::with(settings(1, 1)).await;
    site.blobs.hold_mezzanines();
    {
        let mut requests: FuturesUnordered<_> = (0..3)
            .map(|number| site.get_owned(format!("w={},f=jpeg", 20 + number)))
            .collect();
        // One renders, so one is busy and one waits for its turn; all of them leave.
        assert_eq!(requests.next().await.unwrap().refusal(), (429, "busy".to_owned()));
        select(requests.next(), pin!(site.blobs.until(1, "get", "/mezzanines/"))).await;
    }
    site.blobs.release_mezzanines();
    // Turns are given in order: were the one that waited rendered, it would be before this one.
    while site.get("w=30,f=jpeg").await.status == StatusCode::TOO_MANY_REQUESTS {}
    assert_eq!(site.renders(), 2);
}

#[tokio::test]
async fn a_render_that_takes_too_long_is_given_up() {
    let render_timeout = Duration::ZERO;
    let site = Site::with(DeliverySettings {
        render_timeout,
        ..forgetful()
    })
    .await;
    site.blobs.hold_mezzanines();
    let answer = site.get("w=90").await;
    assert_eq!(answer.refusal(), (503, "render-timeout".to_owned()));
}

#[tokio::test]
async fn nobody_waits_for_the_store_and_who_comes_meanwhile_shares_the_render() {
    let site = Site::new().await;
    site.blobs.hold_variants();
    let first = site.get("w=90,f=jpeg").await;
    let second = site.get("w=90,f=jpeg").await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(second.body, first.body);
    assert_eq!(site.renders(), 1);
    site.blobs.release_variants();
    site.blobs.until(1, "has", "/variants/").await;
}

#[tokio::test]
async fn a_store_that_does_not_take_what_it_is_given_fills_the_line_and_not_the_memory() {
    let site = Site::with(settings(1, 1)).await;
    site.blobs.hold_variants();
    let mut answered = 0;
    let refused = loop {
        let answer = site.get_owned(format!("w={},f=jpeg", 20 + answered)).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        answered += 1;
    };
    assert_eq!(refused.refusal(), (429, "busy".to_owned()));
    // 64 may be on their way into the store, and two keep the places in the line.
    assert_eq!(answered, 66);
}

#[tokio::test]
async fn a_variant_that_cannot_be_stored_is_answered_all_the_same() {
    let site = Site::new().await;
    site.blobs.fails_writing.store(true, Ordering::Relaxed);
    for _ in 0..2 {
        let answer = site.get("w=90,f=jpeg").await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert_eq!(site.blobs.count("has", "/variants/"), 0);
}

#[tokio::test]
async fn a_variant_of_an_image_that_was_withdrawn_meanwhile_is_not_left_behind() {
    let site = Site::new().await;
    site.blobs.hold_variants();
    assert_eq!(site.get("w=90,f=jpeg").await.status, StatusCode::OK);
    site.write_manifest(|manifest| manifest.availability = Availability::Withdrawn)
        .await;
    site.blobs.release_variants();
    site.blobs.until(1, "gone", "/variants/").await;
}

#[tokio::test]
async fn a_mezzanine_that_is_gone_is_a_matter_of_a_moment() {
    let site = Site::new().await;
    let gone = BlobKey::mezzanine(id(), 1, 80, ImageFormat::Jpeg);
    site.write_manifest(|manifest| manifest.mezzanines[2].blob_key = gone)
        .await;
    assert_eq!(site.get("w=20").await.refusal(), (503, "unavailable".to_owned()));
    assert_eq!(site.get("w=100").await.status, StatusCode::OK);
}
