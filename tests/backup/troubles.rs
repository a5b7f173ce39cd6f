//! What is refused, and what a backup makes of a library that is not whole, or changes under its hands.

use std::{fs, path::Path};

use api_types::LibraryView;
use testkit::{Program, whole_library};

use crate::{
    complaint, parts, printed,
    process::{EXECUTABLE, begin, command, files},
};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_refuses_what_is_not_a_whole_backup_and_a_library_that_is_not_empty() {
    let folder = tempfile::tempdir().unwrap();
    let (data, backup, new) = (
        folder.path().join("data"),
        folder.path().join("backup"),
        folder.path().join("new"),
    );
    let (program, visitor) = begin(&data);
    let id = visitor.send(1).await;
    visitor.until_ready(id).await;
    printed(&command(&data, &["backup", text(&backup)]));
    drop(program);
    let refused = |data: &Path, words: &str| {
        let said = complaint(&command(data, &["restore", text(&backup)]));
        assert!(said.contains(words) && said.lines().count() == 1, "{said}");
    };

    refused(&data, "into an empty library alone");
    let said = complaint(&command(&data, &["backup", text(&data)]));
    assert!(said.contains("something else in it"), "{said}");

    // Each file that is not as it was is named.
    let original = files(&backup.join("blobs"))
        .into_keys()
        .find(|name| name.starts_with("originals/"))
        .unwrap();
    let rows = parts(&backup).join("users.jsonl");
    for (file, words) in [
        (backup.join("blobs").join(&original), original.as_str()),
        (rows, "users.jsonl is damaged"),
    ] {
        let whole = fs::read(&file).unwrap();
        let mut damaged = whole.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 1;
        fs::write(&file, damaged).unwrap();
        refused(&new, words);
        let said = complaint(&command(&new, &["restore", "--check", text(&backup)]));
        assert!(said.contains(words), "{said}");
        fs::write(&file, whole).unwrap();
    }

    // Of another schema, or not finished.
    let facts = backup.join("backup.json");
    let whole = fs::read_to_string(&facts).unwrap();
    fs::write(&facts, whole.replacen("\"format\": 1", "\"format\": 2", 1)).unwrap();
    refused(&new, "it is of format 2, and this release reads format 1");
    fs::write(&facts, whole.replacen("\"alt_text\"", "\"smell\"", 1)).unwrap();
    refused(&new, "does not know images.smell");
    fs::remove_file(&facts).unwrap();
    refused(&new, "has no backup.json");
    fs::write(&facts, whole).unwrap();

    // An original of somebody else.
    let strange = new.join("blobs/originals");
    fs::create_dir_all(&strange).unwrap();
    fs::write(strange.join("019aa1de-7b5c-7c3e-8f53-0b9b1f1c2d3e"), "x").unwrap();
    refused(&new, "may be another library's");
    fs::remove_dir_all(&strange).unwrap();

    // After all this refusing the same place takes it.
    printed(&command(&new, &["restore", text(&backup)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_was_interrupted_goes_on_and_the_one_before_counts_until_then() {
    let folder = tempfile::tempdir().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let (_program, visitor) = begin(&data);
    for seed in 0..3 {
        let id = visitor.send(seed).await;
        visitor.until_ready(id).await;
        if seed == 0 {
            printed(&command(&data, &["backup", text(&backup)]));
        }
    }
    let before = fs::read(backup.join("backup.json")).unwrap();
    // As a kill leaves it: some blobs are there, one is half written, and there are parts that no backup.json knows.
    let originals = files(&data.join("blobs/originals"));
    let (name, bytes) = originals.iter().next_back().unwrap();
    let copied = backup.join("blobs/originals").join(name);
    assert!(!copied.exists());
    fs::write(&copied, bytes).unwrap();
    fs::create_dir_all(backup.join("unfinished")).unwrap();
    fs::write(backup.join("unfinished/half"), &bytes[..9]).unwrap();
    fs::create_dir(backup.join("parts-2")).unwrap();
    fs::write(backup.join("parts-2/images.jsonl"), "{").unwrap();
    printed(&command(&data, &["restore", "--check", text(&backup)]));
    assert_eq!(fs::read(backup.join("backup.json")).unwrap(), before);

    let said = printed(&command(&data, &["backup", text(&backup)]));
    let whole = files(&data.join("blobs"))
        .into_keys()
        .filter(|name| name.contains("/mezzanines/"))
        .count()
        + 3;
    assert!(
        said.starts_with("kept 3 images") && said.contains(&format!("{whole} files with")),
        "{said}"
    );
    assert!(!backup.join("unfinished/half").exists());
    printed(&command(&data, &["restore", "--check", text(&backup)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_library_has_lost_is_said_and_what_can_be_made_anew_is() {
    let folder = tempfile::tempdir().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let (program, visitor) = begin(&data);
    let mut ids = Vec::new();
    for seed in 0..2 {
        let id = visitor.send(seed).await;
        visitor.until_ready(id).await;
        ids.push(id);
    }
    let before = visitor.look(None).await;
    drop(program);
    // Of the first a mezzanine is missing.
    let mezzanines = data.join(format!("blobs/images/{}/mezzanines/1", ids[0]));
    fs::remove_file(fs::read_dir(&mezzanines).unwrap().next().unwrap().unwrap().path()).unwrap();
    let said = printed(&command(&data, &["backup", text(&backup)]));
    assert!(
        said.contains("1 images lack what was made of their originals"),
        "{said}"
    );
    let new = folder.path().join("new");
    printed(&command(&new, &["restore", text(&backup)]));
    let program = Program::start(EXECUTABLE, &new, &[]);
    let again = visitor.at(&program.url());
    again.until_ready(ids[0]).await;
    let now = again.look(Some(&before)).await;
    before.delivers_the_same(&now);
    drop(program);

    // Of the second the original has changed on its disk.
    let rows = fs::read_to_string(parts(&backup).join("originals.jsonl")).unwrap();
    let row: serde_json::Value = serde_json::from_str(rows.lines().last().unwrap()).unwrap();
    let key = row["blob_key"].as_str().unwrap();
    let file = data.join("blobs").join(key);
    let mut bytes = fs::read(&file).unwrap();
    bytes[1_000] ^= 1;
    fs::write(&file, bytes).unwrap();
    // The backup before still has it as it was.
    printed(&command(&data, &["backup", text(&backup)]));
    let another = folder.path().join("another");
    let said = complaint(&command(&data, &["backup", text(&another)]));
    assert!(
        said.contains("the backup is finished, but 1 files") && said.contains(key),
        "{said}"
    );
    assert!(!another.join("blobs").join(key).exists());
    let third = folder.path().join("third");
    printed(&command(&third, &["restore", text(&another)]));
    let program = Program::start(EXECUTABLE, &third, &[]);
    let images = whole_library(&visitor.at(&program.url()).client, LibraryView::Library, 10).await;
    assert_eq!(images.len(), 2, "what is not lost is there");
}
