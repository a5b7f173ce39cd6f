//! Adapters that need nothing installed: folder blobs, table queue, local events.
