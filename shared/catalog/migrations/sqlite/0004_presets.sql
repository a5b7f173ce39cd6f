-- Options or a watermark under a name: one of the two columns is there. A watermark is JSON; its image may be deleted, and
-- then delivery says so.

CREATE TABLE presets (
    name       TEXT    NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL,
    options    TEXT,
    watermark  TEXT,
    updated_at INTEGER NOT NULL
);
