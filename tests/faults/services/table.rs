//! The table of docs/faults.md.

use std::{fmt::Write, path::Path};

use testkit::load::Requests;

/// What one fault cost.
#[derive(Debug)]
pub struct Row {
    /// Which.
    pub fault: &'static str,
    /// Requests of uploads.
    pub uploads: Requests,
    /// Requests for pictures.
    pub deliveries: Requests,
    /// Uploads that were answered with a 2xx.
    pub accepted: usize,
    /// Those of them whose image is ready at the end.
    pub ready: usize,
    /// Images that nobody sent, or that are there twice.
    pub doubled: usize,
    /// Blobs of uploads that were broken off, which a sweep removed.
    pub swept: u64,
    /// Blobs without an image after that.
    pub orphaned: usize,
}

const HEAD: &str = "\
# What faults cost

Five processes (web, api, delivery, two workers) on MySQL and an AWS emulator, behind a balancer that passes on what it is told
and never repeats. Two clients upload through the api and two in parts straight to S3, each one picture after the other; two look at
pictures, each time in another size. Each fault happens once, in the middle of its row. A client that gets no good answer to an upload
sends it again, under the same idempotency key; one that looks at pictures does not.

Accepted is what was answered with a 2xx. Swept are blobs of uploads that were broken off: the sweep finds them. Orphaned is what has no
image after that.

`TINTYPE_TEST_BLESS=1 ./test --test faults` measures this anew. The test fails where accepted and ready differ, where anything is doubled or
orphaned, or where a picture is not shown though neither delivery nor S3 was hit.

| Fault | Uploads sent | failed | sent again | Pictures asked for | not shown | Accepted | Ready | Doubled | Swept | Orphaned |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
";

/// Prints the table, and keeps it where that was asked for.
#[allow(clippy::print_stdout, reason = "the table is what the test is run for")]
pub fn tell(rows: &[Row]) {
    let mut text = HEAD.to_owned();
    for row in rows {
        let (up, down) = (&row.uploads, &row.deliveries);
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            row.fault,
            up.sent,
            up.failed,
            up.retried,
            down.sent,
            down.failed,
            row.accepted,
            row.ready,
            row.doubled,
            row.swept,
            row.orphaned
        )
        .unwrap();
    }
    println!("{text}");
    if std::env::var_os("TINTYPE_TEST_BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md");
        std::fs::write(path, text).unwrap();
    }
}
