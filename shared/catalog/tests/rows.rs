//! The catalog as plain rows: every table and column is kept or left out on purpose, and what was kept is stored again as it was.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod servers;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use catalog::{
    CatalogRows, Cell, ColumnKind, LEFT_OUT, OtherSide, RowSink, RowSource, RowsError, SqliteCatalog,
    SqliteDatabase, TABLES, Table,
};
use servers::TestDatabase;
use sqlx::{Connection, MySqlConnection};
use tempfile::TempDir;

type Rows = BTreeMap<&'static str, VecDeque<Vec<Cell>>>;

/// Rows in memory.
#[derive(Default)]
struct Shelf {
    rows: Rows,
    current: Option<&'static Table>,
    /// Fails after so many rows.
    ends_after: Option<usize>,
}

impl RowSink for Shelf {
    fn begin(&mut self, table: &'static Table) -> Result<(), OtherSide> {
        self.current = Some(table);
        self.rows.insert(table.name, VecDeque::new());
        Ok(())
    }

    fn row(&mut self, row: Vec<Cell>) -> Result<(), OtherSide> {
        let table = self.current.unwrap();
        self.rows.get_mut(table.name).unwrap().push_back(row);
        Ok(())
    }
}

impl RowSource for Shelf {
    fn next(&mut self, table: &'static Table) -> Result<Option<Vec<Cell>>, OtherSide> {
        if let Some(left) = &mut self.ends_after {
            *left = left.checked_sub(1).ok_or("the file ends here")?;
        }
        Ok(self.rows.get_mut(table.name).unwrap().pop_front())
    }
}

async fn sqlite() -> (SqliteCatalog, SqliteDatabase, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let database = SqliteDatabase::open(&folder.path().join("x.sqlite"))
        .await
        .unwrap();
    (SqliteCatalog::new(database.clone()), database, folder)
}

/// A row for every column, which refers to the other tables' rows of the same number.
fn row(table: &Table, number: u8) -> Vec<Cell> {
    let cell = |(kind, name)| match (kind, name) {
        // Of a picture that waits for its worker.
        (_, "analysis" | "failure_code" | "failure_reason" | "trashed_at" | "idempotency_key")
            if number == 2 =>
        {
            Cell::Null
        }
        (ColumnKind::Id, _) => Cell::Bytes(vec![number; 16]),
        (ColumnKind::Bytes, _) => Cell::Bytes((0..32).map(|byte| byte * 5 + number).collect()),
        (ColumnKind::Integer, "deleting" | "published" | "put_down") => Cell::Integer(i64::from(number % 2)),
        (ColumnKind::Integer, _) => Cell::Integer(i64::MAX - 9 + i64::from(number)),
        (ColumnKind::Text, _) => Cell::Text(format!("{number} ä\u{1f431}\n\"")),
    };
    table
        .columns
        .iter()
        .map(|column| cell((column.kind, column.name)))
        .collect()
}

fn shelf() -> Shelf {
    let rows = TABLES
        .iter()
        .map(|table| (table.name, [1, 2].map(|number| row(table, number)).into()));
    Shelf {
        rows: rows.collect(),
        ..Shelf::default()
    }
}

/// The names of all that is to be in a schema, and of the columns that are kept.
fn known() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let kept = TABLES.iter().map(|table| {
        let position = (table.name == "outbox").then_some("position");
        let columns = table.columns.iter().map(|column| column.name);
        (table.name, columns.chain(position).collect())
    });
    kept.collect()
}

fn compare(schema: &[(String, String, String)], others: &[&str]) {
    let known = known();
    let left_out: BTreeSet<&str> = LEFT_OUT
        .iter()
        .map(|(table, _)| *table)
        .filter(|table| !others.contains(table))
        .collect();
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (table, column, kind) in schema {
        found.entry(table).or_default().insert(column);
        let Some(table) = TABLES.iter().find(|kept| kept.name == table) else {
            continue;
        };
        let Some(kept) = table.columns.iter().find(|kept| kept.name == column) else {
            continue;
        };
        let fits = match kind.to_lowercase().as_str() {
            "blob" | "varbinary" | "binary" => matches!(kept.kind, ColumnKind::Bytes | ColumnKind::Id),
            "integer" | "bigint" | "tinyint" | "boolean" => kept.kind == ColumnKind::Integer,
            _ => kept.kind == ColumnKind::Text,
        };
        assert!(fits, "{}.{column} is {kind}, and not {:?}", table.name, kept.kind);
    }
    for (table, columns) in &found {
        match known.get(table) {
            Some(kept) => assert_eq!(columns, kept, "TABLES is to have the columns of {table}"),
            None => assert!(
                left_out.contains(table),
                "{table} is new: put it in TABLES, or in LEFT_OUT with a reason"
            ),
        }
    }
    let expected: BTreeSet<&str> = known.keys().copied().chain(left_out).collect();
    assert_eq!(found.into_keys().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn every_column_of_the_schema_on_sqlite_is_kept_or_left_out_on_purpose() {
    let (_, database, _folder) = sqlite().await;
    let schema = sqlx::query_as(
        "SELECT tables.name, columns.name, columns.type FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite!_%' ESCAPE '!'",
    );
    let schema = schema.fetch_all(&database.reader).await.unwrap();
    compare(&schema, &["seats", "locks", "migrations"]);
}

#[tokio::test]
async fn every_column_of_the_schema_on_mysql_is_kept_or_left_out_on_purpose() {
    let database = TestDatabase::new().await;
    let mut conn = MySqlConnection::connect(&database.url()).await.unwrap();
    let schema = sqlx::query_as(
        "SELECT CONVERT(table_name USING utf8mb4), CONVERT(column_name USING utf8mb4), CONVERT(data_type USING utf8mb4)
         FROM information_schema.columns WHERE table_schema = DATABASE()",
    );
    let schema = schema.fetch_all(&mut conn).await.unwrap();
    compare(&schema, &["jobs", "_sqlx_migrations"]);
}

async fn kept(from: &dyn CatalogRows) -> Rows {
    let mut shelf = Shelf::default();
    from.export(&mut shelf).await.unwrap();
    shelf.rows
}

#[tokio::test]
async fn rows_of_either_database_are_the_same_in_the_other() {
    let expected = shelf().rows;
    let (sqlite, _, _folder) = sqlite().await;
    let database = TestDatabase::new().await;
    let (mysql, _) = database.open().await;
    let empty = TABLES
        .iter()
        .map(|table| (table.name, VecDeque::new()))
        .collect::<Rows>();
    for catalog in [&sqlite as &dyn CatalogRows, &mysql] {
        assert_eq!(catalog.used_table().await.unwrap(), None);
        assert_eq!(kept(catalog).await, empty);
        catalog.import(&mut shelf()).await.unwrap();
        assert_eq!(kept(catalog).await, expected);
    }
}

#[tokio::test]
async fn an_import_stores_all_rows_or_none_and_none_beside_others() {
    let (sqlite, _, _folder) = sqlite().await;
    let database = TestDatabase::new().await;
    let (mysql, _) = database.open().await;
    for catalog in [&sqlite as &dyn CatalogRows, &mysql] {
        let mut broken = Shelf {
            ends_after: Some(7),
            ..shelf()
        };
        let error = catalog.import(&mut broken).await.unwrap_err();
        assert_eq!(error.to_string(), "the file ends here");
        assert_eq!(catalog.used_table().await.unwrap(), None);
        catalog.import(&mut shelf()).await.unwrap();
        let error = catalog.import(&mut shelf()).await.unwrap_err();
        assert!(matches!(error, RowsError::NotEmpty("users")), "{error}");
        assert_eq!(catalog.used_table().await.unwrap(), Some("users"));
    }
}

/// Writes to the catalog between two of the tables that it is handed.
struct Meddler<'a, F: FnMut() + Send> {
    shelf: Shelf,
    meddle: &'a mut F,
}

impl<F: FnMut() + Send> RowSink for Meddler<'_, F> {
    fn begin(&mut self, table: &'static Table) -> Result<(), OtherSide> {
        if table.name == "api_keys" {
            (self.meddle)();
        }
        self.shelf.begin(table)
    }

    fn row(&mut self, row: Vec<Cell>) -> Result<(), OtherSide> {
        self.shelf.row(row)
    }
}

/// Runs a future to its end while a thread of the runtime waits for it.
fn wait_for(future: impl Future<Output = ()>) {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_of_one_instant_and_stops_nobody_from_writing() {
    const FORGET: &str = "DELETE FROM presets";
    let (sqlite, file, _folder) = sqlite().await;
    let database = TestDatabase::new().await;
    let (mysql, _) = database.open().await;
    let url = database.url();
    let mut on_sqlite =
        || wait_for(async { sqlx::query(FORGET).execute(&file.writer).await.map(drop).unwrap() });
    let mut on_mysql = || {
        wait_for(async {
            let mut conn = MySqlConnection::connect(&url).await.unwrap();
            sqlx::query(FORGET).execute(&mut conn).await.map(drop).unwrap();
        });
    };
    let expected = shelf().rows;
    for (catalog, meddle) in [
        (
            &sqlite as &dyn CatalogRows,
            &mut on_sqlite as &mut (dyn FnMut() + Send),
        ),
        (&mysql, &mut on_mysql),
    ] {
        catalog.import(&mut shelf()).await.unwrap();
        let mut meddle = || meddle();
        let mut meddler = Meddler {
            shelf: Shelf::default(),
            meddle: &mut meddle,
        };
        catalog.export(&mut meddler).await.unwrap();
        assert_eq!(meddler.shelf.rows, expected);
        assert!(
            kept(catalog).await["presets"].is_empty(),
            "nothing was written meanwhile"
        );
    }
}
