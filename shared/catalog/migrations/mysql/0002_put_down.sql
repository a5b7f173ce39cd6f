-- Whether an event was put down for webhooks; `published` says that the topic has it, too. A relay of the release before does both at
-- once and marks the latter alone: what is published is not put down again.
ALTER TABLE events
    ADD COLUMN put_down BOOLEAN NOT NULL DEFAULT FALSE,
    ADD KEY events_by_progress (published, put_down, sequence);
