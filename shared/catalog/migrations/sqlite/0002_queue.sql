-- The queue of the single shape; its adapter is embedded::SqliteQueue. It stands here because a database has one
-- history of migrations.

CREATE TABLE jobs (
    id           BLOB    NOT NULL PRIMARY KEY,
    envelope     TEXT    NOT NULL,
    available_at INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    receipt      TEXT    UNIQUE,
    sent_at      INTEGER NOT NULL
);
CREATE INDEX jobs_by_availability ON jobs (available_at);

CREATE TABLE dead_jobs (
    id       BLOB    NOT NULL PRIMARY KEY,
    envelope TEXT    NOT NULL,
    attempts INTEGER NOT NULL,
    reason   TEXT    NOT NULL,
    died_at  INTEGER NOT NULL
);
