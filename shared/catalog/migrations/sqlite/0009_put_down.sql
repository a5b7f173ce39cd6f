-- Whether an event was put down for webhooks; `published` says that the topic has it, too. A relay of the release before does both at
-- once and marks the latter alone: what is published is not put down again.
ALTER TABLE events ADD COLUMN put_down BOOLEAN NOT NULL DEFAULT 0;
CREATE INDEX events_by_progress ON events (published, put_down, sequence);
