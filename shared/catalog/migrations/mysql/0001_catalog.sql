-- Ids are the 16 bytes of a UUIDv7, instants microseconds since 1970, enums short text. Text is compared byte by byte, and as long
-- as the domain lets it be: a key or an index needs a limit, of at most 3,072 bytes.
--
-- MySQL keeps each of these statements by itself: a server that dies half-way makes the next run start over, so each does nothing
-- where it was done before.

CREATE TABLE IF NOT EXISTS users (
    id            BINARY(16)   NOT NULL PRIMARY KEY,
    email         VARCHAR(254) NOT NULL UNIQUE,
    role          VARCHAR(16)  NOT NULL,
    password_hash VARCHAR(512) NOT NULL,
    created_at    BIGINT       NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS setup_tokens (
    token_hash BINARY(32) NOT NULL PRIMARY KEY
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sessions (
    token_hash BINARY(32) NOT NULL PRIMARY KEY,
    user_id    BINARY(16) NOT NULL,
    created_at BIGINT     NOT NULL,
    expires_at BIGINT     NOT NULL,
    KEY sessions_by_end (expires_at),
    CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS api_keys (
    id         BINARY(16)   NOT NULL PRIMARY KEY,
    name       TEXT         NOT NULL,
    key_hash   BINARY(32)   NOT NULL UNIQUE,
    scopes     VARCHAR(255) NOT NULL,
    owner_id   BINARY(16)   NOT NULL,
    created_at BIGINT       NOT NULL,
    CONSTRAINT api_keys_owner FOREIGN KEY (owner_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The bytes that images refer to. A row goes in the transaction that removes the last image of its bytes.
CREATE TABLE IF NOT EXISTS originals (
    sha256     BINARY(32)   NOT NULL PRIMARY KEY,
    blob_key   VARCHAR(512) NOT NULL UNIQUE,
    size_bytes BIGINT       NOT NULL,
    format     VARCHAR(16)  NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS images (
    id              BINARY(16)    NOT NULL PRIMARY KEY,
    version         BIGINT        NOT NULL,
    state           VARCHAR(16)   NOT NULL,
    owner_id        BINARY(16)    NOT NULL,
    file_name       VARCHAR(255)  NOT NULL,
    title           VARCHAR(300)  NOT NULL,
    alt_text        VARCHAR(2000) NOT NULL,
    visibility      VARCHAR(16)   NOT NULL,
    original_sha256 BINARY(32)    NOT NULL,
    content_version BIGINT        NOT NULL,
    analysis        LONGTEXT,
    failure_code    VARCHAR(64),
    failure_reason  LONGTEXT,
    created_at      BIGINT        NOT NULL,
    updated_at      BIGINT        NOT NULL,
    trashed_at      BIGINT,
    deleting        BOOLEAN       NOT NULL,
    idempotency_key VARCHAR(255),
    UNIQUE KEY images_by_idempotency_key (owner_id, idempotency_key),
    KEY images_by_original (original_sha256),
    KEY images_by_trashed_at (trashed_at),
    CONSTRAINT images_owner FOREIGN KEY (owner_id) REFERENCES users (id),
    CONSTRAINT images_original FOREIGN KEY (original_sha256) REFERENCES originals (sha256)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS outbox (
    position BIGINT      NOT NULL PRIMARY KEY AUTO_INCREMENT,
    topic    VARCHAR(16) NOT NULL,
    message  LONGTEXT    NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS events (
    sequence    BIGINT      NOT NULL PRIMARY KEY,
    id          BINARY(16)  NOT NULL UNIQUE,
    kind        VARCHAR(64) NOT NULL,
    image_id    BINARY(16)  NOT NULL,
    at          BIGINT      NOT NULL,
    traceparent VARCHAR(64),
    published   BOOLEAN     NOT NULL,
    KEY events_by_published (published, sequence)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS leases (
    name       VARCHAR(64)  NOT NULL PRIMARY KEY,
    holder     VARCHAR(255) NOT NULL,
    held_until BIGINT       NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS dead_jobs (
    id       BINARY(16) NOT NULL PRIMARY KEY,
    envelope LONGTEXT   NOT NULL,
    attempts BIGINT     NOT NULL,
    reason   LONGTEXT   NOT NULL,
    died_at  BIGINT     NOT NULL,
    KEY dead_jobs_by_died_at (died_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS presets (
    name       VARCHAR(32) NOT NULL PRIMARY KEY,
    version    BIGINT      NOT NULL,
    options    TEXT,
    watermark  TEXT,
    updated_at BIGINT      NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS direct_uploads (
    id              BINARY(16)   NOT NULL PRIMARY KEY,
    version         BIGINT       NOT NULL,
    state           VARCHAR(16)  NOT NULL,
    owner_id        BINARY(16)   NOT NULL,
    file_name       VARCHAR(255) NOT NULL,
    visibility      VARCHAR(16)  NOT NULL,
    size_bytes      BIGINT       NOT NULL,
    sha256          BINARY(32),
    part_size_bytes BIGINT       NOT NULL,
    store_upload    TEXT         NOT NULL,
    idempotency_key VARCHAR(255),
    image_id        BINARY(16),
    refusal_code    VARCHAR(64),
    refusal_reason  LONGTEXT,
    created_at      BIGINT       NOT NULL,
    updated_at      BIGINT       NOT NULL,
    expires_at      BIGINT       NOT NULL,
    UNIQUE KEY direct_uploads_by_idempotency_key (owner_id, idempotency_key),
    KEY direct_uploads_by_owner (owner_id, id),
    KEY direct_uploads_by_end (expires_at),
    CONSTRAINT direct_uploads_owner FOREIGN KEY (owner_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS webhooks (
    id            BINARY(16)    NOT NULL PRIMARY KEY,
    version       BIGINT        NOT NULL,
    url           TEXT          NOT NULL,
    kinds         VARCHAR(1000) NOT NULL,
    secret        VARBINARY(255) NOT NULL,
    state         VARCHAR(16)   NOT NULL,
    failing_since BIGINT,
    last_error    LONGTEXT,
    delivered_at  BIGINT,
    created_at    BIGINT        NOT NULL,
    updated_at    BIGINT        NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What waits to be posted. The event stands here as well as in the log, which may forget it before a webhook is back.
CREATE TABLE IF NOT EXISTS webhook_messages (
    webhook_id   BINARY(16) NOT NULL,
    sequence     BIGINT     NOT NULL,
    event        TEXT       NOT NULL,
    attempts     BIGINT     NOT NULL,
    first_due_at BIGINT     NOT NULL,
    due_at       BIGINT     NOT NULL,
    PRIMARY KEY (webhook_id, sequence),
    KEY webhook_messages_by_due_at (webhook_id, due_at, sequence),
    CONSTRAINT webhook_messages_webhook FOREIGN KEY (webhook_id) REFERENCES webhooks (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- A row for each place in a process from which one transaction at a time is made; each counts itself here. Where no answer came to
-- a COMMIT, the count says whether it was made (`src/mysql/seats.rs`).
CREATE TABLE IF NOT EXISTS seats (
    id         BINARY(16) NOT NULL PRIMARY KEY,
    turn       BIGINT     NOT NULL,
    touched_at TIMESTAMP  NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    KEY seats_by_touched_at (touched_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What one transaction at a time may do, where there is no row that it could lock.
CREATE TABLE IF NOT EXISTS locks (
    name VARCHAR(32) NOT NULL PRIMARY KEY
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT INTO locks (name) VALUES ('setup'), ('presets') ON DUPLICATE KEY UPDATE name = locks.name;
