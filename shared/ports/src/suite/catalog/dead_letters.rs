//! The contract of [`DeadLetterCatalog`](crate::DeadLetterCatalog).

use super::samples::at;
use crate::{Catalog, DeadLetter};
use domain::{ImageId, Job, JobId, OutboxMessage};

pub(super) fn letter(number: u8, died: i64) -> DeadLetter {
    let image_id = ImageId::new(at(0), [number; 10]);
    let id = JobId::new(at(i64::from(number)), [number; 10]);
    DeadLetter {
        envelope: Job::Ingest { image_id }.into_envelope(id, Some("00-aa-bb-01".into())),
        reason: format!("„es ging nicht“ {number}"),
        attempts: u32::from(number),
        died_at: at(died),
    }
}

pub(super) async fn dead_letters(catalog: &dyn Catalog) {
    assert_eq!(catalog.count_dead_letters().await.expect("count"), 0);
    let [first, second, third] = [letter(1, 30), letter(2, 20), letter(3, 20)];
    for letter in [&letter(1, 10), &second, &third, &first] {
        catalog.bury(letter).await.expect("bury");
    }
    assert_eq!(catalog.count_dead_letters().await.expect("count"), 3);
    assert_eq!(
        catalog.dead_letters(10).await.expect("dead letters"),
        [first.clone(), third.clone(), second.clone()],
        "newest first, and what was said of a job last"
    );
    assert_eq!(
        catalog
            .dead_letter(second.envelope.id)
            .await
            .expect("dead letter"),
        Some(second.clone())
    );
    assert_eq!(
        catalog.dead_letters(1).await.expect("dead letters"),
        std::slice::from_ref(&first)
    );

    assert!(catalog.outbox(0, 10).await.expect("outbox").is_empty());
    let unknown = letter(9, 0).envelope.id;
    let ids = [second.envelope.id, unknown, first.envelope.id];
    assert_eq!(
        catalog.redrive(&ids).await.expect("redrive"),
        [second.envelope.id, first.envelope.id]
    );
    assert!(
        catalog.redrive(&ids).await.expect("redrive").is_empty(),
        "sent twice"
    );
    assert_eq!(
        catalog.dead_letters(10).await.expect("dead letters"),
        std::slice::from_ref(&third)
    );
    let items = catalog.outbox(0, 10).await.expect("outbox");
    let sent: Vec<_> = items
        .iter()
        .map(|item| item.message.clone().expect("readable"))
        .collect();
    assert_eq!(
        sent,
        [second, first].map(|letter| OutboxMessage::Job(letter.envelope))
    );
    catalog.settle(&items).await.expect("settle");
    catalog.redrive(&[third.envelope.id]).await.expect("redrive");
    let items = catalog.outbox(0, 10).await.expect("outbox");
    catalog.settle(&items).await.expect("settle");
    assert_eq!(catalog.count_dead_letters().await.expect("count"), 0);

    let [wanted, dismissed] = [letter(4, 40), letter(5, 50)];
    for letter in [&wanted, &dismissed] {
        catalog.bury(letter).await.expect("bury");
    }
    let ids = [dismissed.envelope.id, unknown];
    assert_eq!(
        catalog.dismiss(&ids).await.expect("dismiss"),
        [dismissed.envelope.id]
    );
    assert!(catalog.dismiss(&ids).await.expect("dismiss").is_empty());
    assert!(catalog.redrive(&ids).await.expect("redrive").is_empty());
    assert_eq!(
        catalog.dead_letters(10).await.expect("dead letters"),
        std::slice::from_ref(&wanted)
    );
    assert!(
        catalog.outbox(0, 10).await.expect("outbox").is_empty(),
        "what was dismissed is sent"
    );
    catalog.dismiss(&[wanted.envelope.id]).await.expect("dismiss");
}
