//! All rows, for backups. The statements stand in `crate::rows`, beside the columns that they name.

use async_trait::async_trait;
use futures::TryStreamExt;
use ports::PortError;
use sqlx::Row as _;

use super::{Connection, Row, SqlCatalog, failed};
use crate::rows::{CatalogRows, Cell, ColumnKind, RowSink, RowSource, RowsError, TABLES, Table};

fn read(table: &Table, row: &Row) -> Result<Vec<Cell>, PortError> {
    let cell = |(index, kind)| {
        Ok(match kind {
            ColumnKind::Integer => row.try_get::<Option<i64>, usize>(index)?.map(Cell::Integer),
            ColumnKind::Text => row.try_get::<Option<String>, usize>(index)?.map(Cell::Text),
            ColumnKind::Id | ColumnKind::Bytes => {
                row.try_get::<Option<Vec<u8>>, usize>(index)?.map(Cell::Bytes)
            }
        }
        .unwrap_or(Cell::Null))
    };
    let kinds = table.columns.iter().map(|column| column.kind);
    kinds
        .enumerate()
        .map(cell)
        .collect::<Result<_, _>>()
        .map_err(failed)
}

async fn write(conn: &mut Connection, table: &Table, row: Vec<Cell>) -> Result<(), PortError> {
    let mut insert = sqlx::query(table.insert);
    for cell in row {
        insert = match cell {
            Cell::Null => insert.bind(None::<String>),
            Cell::Integer(value) => insert.bind(value),
            Cell::Text(text) => insert.bind(text),
            Cell::Bytes(bytes) => insert.bind(bytes),
        };
    }
    insert.execute(conn).await.map(drop).map_err(failed)
}

async fn used_table(conn: &mut Connection) -> Result<Option<&'static str>, PortError> {
    for table in TABLES {
        let any = sqlx::query(table.any)
            .fetch_optional(&mut *conn)
            .await
            .map_err(failed)?;
        if any.is_some() {
            return Ok(Some(table.name));
        }
    }
    Ok(None)
}

#[async_trait]
impl CatalogRows for SqlCatalog {
    async fn export(&self, sink: &mut dyn RowSink) -> Result<(), RowsError> {
        let mut snapshot = self.snapshot().await?;
        for table in TABLES {
            sink.begin(table).map_err(RowsError::Other)?;
            let mut rows = sqlx::query(table.select).fetch(&mut *snapshot);
            while let Some(row) = rows.try_next().await.map_err(failed)? {
                sink.row(read(table, &row)?).map_err(RowsError::Other)?;
            }
        }
        Ok(())
    }

    async fn used_table(&self) -> Result<Option<&'static str>, RowsError> {
        let mut tx = self.whole_transaction().await?;
        Ok(used_table(&mut tx).await?)
    }

    async fn import(&self, source: &mut dyn RowSource) -> Result<(), RowsError> {
        let mut tx = self.whole_transaction().await?;
        if let Some(table) = used_table(&mut tx).await? {
            return Err(RowsError::NotEmpty(table));
        }
        for table in TABLES {
            while let Some(row) = source.next(table).map_err(RowsError::Other)? {
                write(&mut tx, table, row).await?;
            }
        }
        tx.commit().await.map_err(failed)?;
        Ok(())
    }
}
