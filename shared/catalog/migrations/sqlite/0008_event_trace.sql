-- The step of a trace that made an event happen: telling the event is the next step.
ALTER TABLE events ADD COLUMN traceparent TEXT;
