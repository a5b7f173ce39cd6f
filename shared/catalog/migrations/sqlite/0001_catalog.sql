-- Ids are the 16 bytes of a UUIDv7, instants microseconds since 1970, enums short text.

CREATE TABLE users (
    id            BLOB    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE,
    role          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
);

CREATE TABLE setup_tokens (
    token_hash BLOB NOT NULL PRIMARY KEY
);

CREATE TABLE sessions (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    user_id    BLOB    NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE api_keys (
    id         BLOB    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    key_hash   BLOB    NOT NULL UNIQUE,
    scopes     TEXT    NOT NULL,
    owner_id   BLOB    NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL
);

-- The bytes that images refer to. A row goes in the transaction that removes the last image of its bytes.
CREATE TABLE originals (
    sha256     BLOB    NOT NULL PRIMARY KEY,
    blob_key   TEXT    NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    format     TEXT    NOT NULL
);

CREATE TABLE images (
    id              BLOB    NOT NULL PRIMARY KEY,
    version         INTEGER NOT NULL,
    state           TEXT    NOT NULL,
    owner_id        BLOB    NOT NULL REFERENCES users (id),
    file_name       TEXT    NOT NULL,
    title           TEXT    NOT NULL,
    alt_text        TEXT    NOT NULL,
    original_sha256 BLOB    NOT NULL REFERENCES originals (sha256),
    content_version INTEGER NOT NULL,
    analysis        TEXT,
    failure_code    TEXT,
    failure_reason  TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    trashed_at      INTEGER,
    deleting        INTEGER NOT NULL,
    idempotency_key TEXT,
    UNIQUE (owner_id, idempotency_key)
);
CREATE INDEX images_by_original ON images (original_sha256);
CREATE INDEX images_by_trashed_at ON images (trashed_at);

CREATE TABLE outbox (
    position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    topic    TEXT    NOT NULL,
    message  TEXT    NOT NULL
);

CREATE TABLE events (
    sequence  INTEGER NOT NULL PRIMARY KEY,
    id        BLOB    NOT NULL UNIQUE,
    kind      TEXT    NOT NULL,
    image_id  BLOB    NOT NULL,
    at        INTEGER NOT NULL,
    published INTEGER NOT NULL
);
CREATE INDEX events_by_published ON events (published, sequence);

CREATE TABLE leases (
    name       TEXT    NOT NULL PRIMARY KEY,
    holder     TEXT    NOT NULL,
    held_until INTEGER NOT NULL
);
