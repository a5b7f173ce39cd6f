//! The single shape.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

use testkit::{Fleet, Program};

use crate::{
    parts, printed,
    process::{EXECUTABLE, begin, command, files},
};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_wiped_and_restored_has_every_image_and_byte_again_in_the_same_shape_and_in_services() {
    let folder = tempfile::tempdir().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let (mut program, visitor) = begin(&data);
    visitor.fill().await;
    let before = visitor.look(None).await;
    before.is_full();
    // No worker runs: what is sent now waits.
    program.terminate();
    let mut api = Program::launch("api", EXECUTABLE, &data, &[]);
    api.wait_until_ready();
    let waiting = visitor.at(&api.url()).send(77).await;
    // Beside the process that serves.
    let said = printed(&command(&data, &["backup", text(&backup)]));
    // The editor and the key; an image whose deletion goes on may be among them.
    assert!(
        said.starts_with("kept 1") && said.contains("images and 2 people"),
        "{said}"
    );
    for (name, expected) in [("", 0o700), ("backup.json", 0o600), ("blobs", 0o700)] {
        let mode = fs::metadata(backup.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, expected, "{name:?} is to be its owner's alone");
    }
    let said = printed(&command(&data, &["restore", "--check", text(&backup)]));
    assert!(said.starts_with("whole: 1"), "{said}");
    let keys = fs::read_to_string(data.join("signing-keys")).unwrap();

    // Wiped.
    drop(api);
    fs::remove_dir_all(&data).unwrap();
    let kept = files(&backup);
    let said = printed(&command(&data, &["restore", text(&backup)]));
    assert!(said.starts_with("restored 1"), "{said}");
    assert!(!said.contains("signed before count no more"), "{said}");
    assert_eq!(files(&backup), kept, "a restore is to leave the backup as it is");
    let program = Program::start(EXECUTABLE, &data, &[]);
    let again = visitor.at(&program.url());
    again.until_ready(waiting).await;
    before.is_seen_again(again.look(Some(&before)).await, waiting);
    again.editor_signs_in().await;
    drop(program);

    // Moved to MySQL and S3.
    let moved = tokio::task::block_in_place(|| {
        Fleet::start_restored(
            EXECUTABLE,
            &backup,
            &[("TINTYPE_DELIVERY_SIGNING_KEYS", keys.trim())],
        )
    });
    let there = visitor.at(&moved.url());
    there.until_ready(waiting).await;
    before.is_seen_again(there.look(Some(&before)).await, waiting);
    there.editor_signs_in().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_backup_into_a_folder_copies_what_is_new_and_removes_what_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let (_program, visitor) = begin(&data);
    let first = visitor.send(1).await;
    visitor.until_ready(first).await;
    printed(&command(&data, &["backup", text(&backup)]));
    let blobs = |name: &str| files(&backup.join("blobs").join(name)).len();
    let (originals, derived) = (blobs("originals"), blobs("images"));
    assert!(
        originals == 1 && derived >= 2,
        "{originals} originals, {derived} mezzanines"
    );
    let said = printed(&command(&data, &["backup", text(&backup)]));
    assert!(said.contains("0 files and 0 bytes are new"), "{said}");

    let second = visitor.send(2).await;
    visitor.until_ready(second).await;
    visitor.client.trash(first).await.unwrap();
    visitor.client.delete_permanently(first).await.unwrap();
    let began = Instant::now();
    while files(&data.join("blobs/originals")).len() > 1 {
        assert!(began.elapsed() < Duration::from_secs(60), "nobody deletes it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let said = printed(&command(&data, &["backup", text(&backup)]));
    assert!(
        said.starts_with("kept 1 images") && said.contains(&format!("{} files and", derived + 1)),
        "{said}"
    );
    assert_eq!(
        (blobs("originals"), blobs("images")),
        (2, 2 * derived),
        "a backup removes nothing by itself"
    );
    let said = printed(&command(&data, &["backup", "--prune", text(&backup)]));
    assert!(said.contains(&format!("removed {} files", derived + 1)), "{said}");
    assert_eq!((blobs("originals"), blobs("images")), (1, derived));
    printed(&command(&data, &["restore", "--check", text(&backup)]));
    assert_eq!(
        fs::read_dir(&backup)
            .unwrap()
            .filter(|entry| entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_str()
                .unwrap()
                .starts_with("parts-"))
            .count(),
        1,
        "the parts of backups before are left behind: {}",
        parts(&backup).display()
    );
}
