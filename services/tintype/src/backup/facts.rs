//! `backup.json`: what a backup says of itself.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{bail, ensure};
use catalog::{TABLES, table};
use domain::{BlobKey, ImageId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The format that is written, and the only one that is read.
const FORMAT: u32 = 1;

/// A part of a backup: a file of lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// How many.
    pub(crate) lines: u64,
    /// Of the file, in hexadecimal.
    pub(crate) sha256: String,
}

/// The rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TablePart {
    /// What is kept of each row. The schemas of the two databases are counted differently; this tells either from another.
    pub(crate) columns: Vec<String>,
    #[serde(flatten)]
    pub(crate) part: Part,
}

/// The blobs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BlobsPart {
    /// All of them together.
    pub(crate) size_bytes: u64,
    #[serde(flatten)]
    pub(crate) part: Part,
}

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Backup {
    /// Of this file and of all parts.
    pub(crate) format: u32,
    /// The release that made it.
    pub(crate) tintype: String,
    /// The instant of its rows, or one shortly before.
    pub(crate) made_at: Timestamp,
    /// What the catalog and the blob store were, for people.
    pub(crate) of: String,
    /// The folder of its parts.
    pub(crate) parts: String,
    pub(crate) tables: BTreeMap<String, TablePart>,
    pub(crate) documents: Part,
    pub(crate) blobs: BlobsPart,
    /// Where the keys of signed URLs lay in the data folder.
    pub(crate) signing_keys: Option<Part>,
    /// Images that were deleted while it was made, and whose blobs were gone before they could be copied.
    pub(crate) deleted: BTreeSet<ImageId>,
    /// Images of which the library lacked what is derived from the original: a restore has it made anew.
    pub(crate) remade: BTreeSet<ImageId>,
    /// Blobs that nothing can be made from, and which the library itself had lost or that were damaged there.
    pub(crate) lost: BTreeSet<BlobKeyText>,
}

/// A blob's key as it is written.
pub(crate) type BlobKeyText = String;

impl Backup {
    pub(super) const fn format() -> u32 {
        FORMAT
    }

    /// Reads what a backup says, which has to be of a schema that this release can restore.
    pub(super) fn read(text: &str) -> anyhow::Result<Self> {
        let backup = Self::parse(text)?;
        backup.check_columns()?;
        Ok(backup)
    }

    /// Reads what a backup of whichever schema says.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
            tintype: String,
        }
        let head: Head = serde_json::from_str(text)?;
        ensure!(
            head.format == FORMAT,
            "it is of format {}, and this release reads format {FORMAT}: restore it with tintype {}",
            head.format,
            head.tintype
        );
        Ok(serde_json::from_str(text)?)
    }

    /// Whether its rows fit this release's schema, column by column.
    fn check_columns(&self) -> anyhow::Result<()> {
        let release = &self.tintype;
        for (name, kept) in &self.tables {
            let known = table(name).map(|table| table.columns);
            let has =
                |column: &String| known.is_some_and(|known| known.iter().any(|known| known.name == column));
            if let Some(column) = kept.columns.iter().find(|column| !has(column)) {
                bail!(
                    "it was made by tintype {release}, and this release, {}, does not know {name}.{column}: restore it with \
                     tintype {release} or a later one",
                    env!("CARGO_PKG_VERSION")
                );
            }
        }
        for table in TABLES {
            let kept = self.tables.get(table.name);
            let has = |column: &str| kept.is_some_and(|kept| kept.columns.iter().any(|kept| kept == column));
            if let Some(column) = table.columns.iter().find(|column| !has(column.name)) {
                bail!(
                    "it was made by tintype {release}, before there was {}.{}: restore it with tintype {release}, then start \
                     this release on the library, which brings it up to date",
                    table.name,
                    column.name
                );
            }
        }
        Ok(())
    }

    /// How many rows of this table it has.
    pub(crate) fn rows(&self, table: &str) -> u64 {
        self.tables.get(table).map_or(0, |kept| kept.part.lines)
    }

    /// How many blobs.
    pub(crate) const fn files(&self) -> u64 {
        self.blobs.part.lines
    }

    pub(super) fn lost(&mut self, key: &BlobKey) {
        self.lost.insert(key.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup() -> Backup {
        let part = Part {
            lines: 1,
            sha256: "00".into(),
        };
        let tables = TABLES.iter().map(|table| {
            let columns = table
                .columns
                .iter()
                .map(|column| column.name.to_owned())
                .collect();
            let part = part.clone();
            (table.name.to_owned(), TablePart { columns, part })
        });
        Backup {
            format: FORMAT,
            tintype: "9.9.9".into(),
            made_at: Timestamp::UNIX_EPOCH,
            of: "SQLite, a folder".into(),
            parts: "parts-1".into(),
            tables: tables.collect(),
            documents: part.clone(),
            blobs: BlobsPart {
                size_bytes: 1,
                part: part.clone(),
            },
            signing_keys: None,
            deleted: BTreeSet::new(),
            remade: BTreeSet::new(),
            lost: BTreeSet::new(),
        }
    }

    fn refusal(backup: &Backup) -> String {
        Backup::read(&serde_json::to_string(backup).unwrap())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_backup_of_this_release_is_read_as_it_was_written() {
        let backup = backup();
        assert_eq!(
            Backup::read(&serde_json::to_string(&backup).unwrap()).unwrap(),
            backup
        );
    }

    #[test]
    fn a_backup_of_another_format_names_the_release_that_reads_it() {
        let mut later = backup();
        later.format = FORMAT + 1;
        assert!(
            refusal(&later).contains("restore it with tintype 9.9.9"),
            "{}",
            refusal(&later)
        );
    }

    #[test]
    fn a_backup_with_a_column_or_a_table_of_a_later_schema_is_refused() {
        let mut later = backup();
        later
            .tables
            .get_mut("images")
            .unwrap()
            .columns
            .push("smell".into());
        assert!(
            refusal(&later).contains("does not know images.smell"),
            "{}",
            refusal(&later)
        );
        let mut later = backup();
        let smells = later.tables["users"].clone();
        later.tables.insert("smells".into(), smells);
        assert!(
            refusal(&later).contains("does not know smells.id"),
            "{}",
            refusal(&later)
        );
    }

    #[test]
    fn a_backup_of_an_older_schema_names_the_release_to_restore_it_with() {
        let mut older = backup();
        older
            .tables
            .get_mut("images")
            .unwrap()
            .columns
            .retain(|column| column != "visibility");
        assert!(
            refusal(&older).contains(
                "before there was images.visibility: restore it with tintype 9.9.9, then start this"
            ),
            "{}",
            refusal(&older)
        );
        let mut older = backup();
        older.tables.remove("presets");
        assert!(
            refusal(&older).contains("before there was presets.name"),
            "{}",
            refusal(&older)
        );
    }
}
