//! The job handlers, and the relay that publishes the outbox.
