-- Addresses of others that are told of events. `kinds` are names of events with a space between, or nothing for all.

CREATE TABLE webhooks (
    id            BLOB    NOT NULL PRIMARY KEY,
    version       INTEGER NOT NULL,
    url           TEXT    NOT NULL,
    kinds         TEXT    NOT NULL,
    secret        BLOB    NOT NULL,
    state         TEXT    NOT NULL,
    failing_since INTEGER,
    last_error    TEXT,
    delivered_at  INTEGER,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
);

-- What waits to be posted. The event stands here as well as in the log, which may forget it before a webhook is back.
CREATE TABLE webhook_messages (
    webhook_id   BLOB    NOT NULL REFERENCES webhooks (id),
    sequence     INTEGER NOT NULL,
    event        TEXT    NOT NULL,
    attempts     INTEGER NOT NULL,
    first_due_at INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    PRIMARY KEY (webhook_id, sequence)
);
CREATE INDEX webhook_messages_by_due_at ON webhook_messages (webhook_id, due_at, sequence);
