//! The contract of [`PresetCatalog`](crate::PresetCatalog).

use super::samples::at;
use crate::{Catalog, PresetStored};
use domain::{ImageId, Job, JobId, OutboxMessage, Part, Preset, PresetMeaning, Watermark, WatermarkGravity};

fn preset(name: &str, version: u64, options: &str) -> Preset {
    Preset {
        name: name.parse().expect("a name"),
        version,
        meaning: PresetMeaning::Options(options.into()),
        updated_at: at(version.try_into().expect("a small number")),
    }
}

fn job(number: u8) -> OutboxMessage {
    let id = JobId::new(at(i64::from(number)), [number; 10]);
    OutboxMessage::Job(Job::PublishPresets.into_envelope(id, None))
}

async fn store(catalog: &dyn Catalog, preset: &Preset, job_number: u8) -> PresetStored {
    catalog
        .store_preset(preset, 3, &[job(job_number)])
        .await
        .expect("store")
}

/// The jobs that wait in the outbox, which is left empty.
async fn told(catalog: &dyn Catalog) -> Vec<OutboxMessage> {
    let items = catalog.outbox(0, 100).await.expect("outbox");
    catalog.settle(&items).await.expect("settle");
    items
        .into_iter()
        .map(|item| item.message.expect("readable"))
        .collect()
}

pub(super) async fn presets(catalog: &dyn Catalog) {
    told(catalog).await;
    assert!(catalog.presets().await.expect("presets").is_empty());

    // In the order of their names, whatever the order in which they came; `-` sorts before letters, and `_` before `a`.
    let card = preset("card", 1, "h=300,w=400");
    let hero = preset("card-2", 1, "");
    let logo = Preset {
        meaning: PresetMeaning::Watermark(Watermark {
            image_id: ImageId::new(at(0), [9; 10]),
            gravity: WatermarkGravity::TopLeft,
            scale: Part::near(0.2).expect("a part"),
            margin: Part::near(0.0).expect("a part"),
            opacity: Part::near(0.75).expect("a part"),
        }),
        ..preset("a_logo", 1, "")
    };
    for (number, new) in [(1, &card), (2, &hero), (3, &logo)] {
        assert_eq!(store(catalog, new, number).await, PresetStored::Yes);
    }
    let all = catalog.presets().await.expect("presets");
    assert_eq!(all, [logo.clone(), card.clone(), hero.clone()]);
    assert_eq!(catalog.preset(&logo.name).await.expect("preset"), Some(logo));
    assert_eq!(told(catalog).await, [job(1), job(2), job(3)]);

    // What is not stored is not told.
    assert_eq!(store(catalog, &preset("x", 1, ""), 4).await, PresetStored::Full);
    assert_eq!(
        store(catalog, &preset("card", 1, "w=1"), 4).await,
        PresetStored::Conflict
    );
    assert_eq!(
        store(catalog, &preset("card", 3, "w=1"), 4).await,
        PresetStored::Conflict
    );
    assert_eq!(
        store(catalog, &preset("gone", 2, "w=1"), 4).await,
        PresetStored::Conflict
    );
    let none = "gone".parse().expect("a name");
    assert!(!catalog.remove_preset(&none, &[job(4)]).await.expect("remove"));
    assert_eq!(catalog.preset(&none).await.expect("preset"), None);
    assert_eq!(told(catalog).await, []);

    // A full library's presets can be changed, into the other kind too; and removed, which makes room.
    let changed = Preset {
        meaning: catalog.presets().await.expect("presets")[0].meaning.clone(),
        ..preset("card", 2, "")
    };
    assert_eq!(store(catalog, &changed, 5).await, PresetStored::Yes);
    assert_eq!(
        catalog.preset(&card.name).await.expect("preset"),
        Some(changed.clone())
    );
    let back = preset("card", 3, "w=2");
    assert_eq!(store(catalog, &back, 6).await, PresetStored::Yes);
    assert_eq!(catalog.preset(&card.name).await.expect("preset"), Some(back));
    assert!(
        catalog
            .remove_preset(&hero.name, &[job(7)])
            .await
            .expect("remove")
    );
    assert!(
        !catalog
            .remove_preset(&hero.name, &[job(8)])
            .await
            .expect("remove")
    );
    assert_eq!(store(catalog, &preset("x", 1, ""), 9).await, PresetStored::Yes);
    assert_eq!(told(catalog).await, [job(5), job(6), job(7), job(9)]);
}
