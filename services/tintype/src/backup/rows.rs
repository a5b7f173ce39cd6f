//! A row as a line of JSON: an object with the names of its columns, ids as UUIDs, other bytes in hexadecimal.

use std::{collections::BTreeMap, fmt::Write, path::PathBuf};

use anyhow::{Context, bail};
use catalog::{Cell, ColumnKind, OtherSide, RowSink, Table};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{facts::TablePart, lines::LinesWriter};

/// A row, by the names of its columns.
pub(super) type RowLine = Map<String, Value>;

pub(super) fn to_line(table: &Table, row: Vec<Cell>) -> RowLine {
    let columns = table.columns.iter().zip(row);
    columns
        .map(|(column, cell)| {
            let value = match cell {
                Cell::Null => Value::Null,
                Cell::Integer(number) => number.into(),
                Cell::Text(text) => text.into(),
                Cell::Bytes(bytes) => match (column.kind, Uuid::from_slice(&bytes)) {
                    (ColumnKind::Id, Ok(id)) => id.to_string().into(),
                    _ => hexadecimal(&bytes).into(),
                },
            };
            (column.name.to_owned(), value)
        })
        .collect()
}

pub(super) fn from_line(table: &Table, mut line: RowLine) -> anyhow::Result<Vec<Cell>> {
    let mut row = Vec::with_capacity(table.columns.len());
    for column in table.columns {
        let value = line.remove(column.name);
        let cell = cell(column.kind, value.unwrap_or_default());
        row.push(cell.with_context(|| format!("{}.{}", table.name, column.name))?);
    }
    Ok(row)
}

fn cell(kind: ColumnKind, value: Value) -> anyhow::Result<Cell> {
    Ok(match (kind, value) {
        (_, Value::Null) => Cell::Null,
        (ColumnKind::Integer, Value::Number(number)) => {
            Cell::Integer(number.as_i64().context("not an integer")?)
        }
        (ColumnKind::Text, Value::String(text)) => Cell::Text(text),
        (ColumnKind::Id, Value::String(text)) => Cell::Bytes(text.parse::<Uuid>()?.into_bytes().to_vec()),
        (ColumnKind::Bytes, Value::String(text)) => Cell::Bytes(bytes(&text).context("not hexadecimal")?),
        (kind, _) => bail!("a value of another kind than {kind:?}"),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            // Writing to a text cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text
        .chars()
        .map(|digit| digit.to_digit(16))
        .collect::<Option<Vec<_>>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(high << 4 | low).ok(),
        _ => None,
    });
    pairs.collect()
}

/// Writes rows, a file for each table.
pub(super) struct RowsWriter {
    folder: PathBuf,
    current: Option<(&'static Table, LinesWriter)>,
    tables: BTreeMap<String, TablePart>,
}

impl RowsWriter {
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            current: None,
            tables: BTreeMap::new(),
        }
    }

    pub(super) fn finish(mut self) -> anyhow::Result<BTreeMap<String, TablePart>> {
        self.end_table()?;
        Ok(self.tables)
    }

    fn end_table(&mut self) -> anyhow::Result<()> {
        if let Some((table, lines)) = self.current.take() {
            let columns = table
                .columns
                .iter()
                .map(|column| column.name.to_owned())
                .collect();
            let part = lines.finish()?;
            self.tables
                .insert(table.name.to_owned(), TablePart { columns, part });
        }
        Ok(())
    }
}

impl RowSink for RowsWriter {
    fn begin(&mut self, table: &'static Table) -> Result<(), OtherSide> {
        self.end_table()?;
        let lines = LinesWriter::create(self.folder.join(file_name(table.name)))?;
        self.current = Some((table, lines));
        Ok(())
    }

    fn row(&mut self, row: Vec<Cell>) -> Result<(), OtherSide> {
        if let Some((table, lines)) = &mut self.current {
            lines.write(&to_line(table, row))?;
        }
        Ok(())
    }
}

/// The file of a table's rows.
pub(super) fn file_name(table: &str) -> String {
    format!("{table}.jsonl")
}

#[cfg(test)]
mod tests {
    use catalog::table;

    use super::*;

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let table = table("webhook_messages").unwrap();
        let row = vec![
            Cell::Bytes((0..16).collect()),
            Cell::Integer(i64::MAX),
            Cell::Text("{\"ä\": \"\u{1f431}\\n\"}".into()),
            Cell::Integer(-1),
            Cell::Null,
            Cell::Integer(0),
        ];
        let line = to_line(table, row.clone());
        assert_eq!(line["webhook_id"], "00010203-0405-0607-0809-0a0b0c0d0e0f");
        let text = serde_json::to_string(&line).unwrap();
        assert_eq!(
            from_line(table, serde_json::from_str(&text).unwrap()).unwrap(),
            row
        );
    }

    #[test]
    fn bytes_are_read_as_they_were_written_and_nothing_else_is() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(bytes(&hexadecimal(&all)), Some(all));
        for wrong in ["0", "0g", "+1", "ää"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
