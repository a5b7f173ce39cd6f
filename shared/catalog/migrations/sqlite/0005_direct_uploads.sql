-- Files whose bytes a client sends to the blob store itself. `refusal_code` and `refusal_reason` are both there or both not.

CREATE TABLE direct_uploads (
    id              BLOB    NOT NULL PRIMARY KEY,
    version         INTEGER NOT NULL,
    state           TEXT    NOT NULL,
    owner_id        BLOB    NOT NULL REFERENCES users (id),
    file_name       TEXT    NOT NULL,
    visibility      TEXT    NOT NULL,
    size_bytes      INTEGER NOT NULL,
    sha256          BLOB,
    part_size_bytes INTEGER NOT NULL,
    store_upload    TEXT    NOT NULL,
    idempotency_key TEXT,
    image_id        BLOB,
    refusal_code    TEXT,
    refusal_reason  TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    UNIQUE (owner_id, idempotency_key)
);
CREATE INDEX direct_uploads_by_owner ON direct_uploads (owner_id, id);
CREATE INDEX direct_uploads_by_end ON direct_uploads (expires_at);
