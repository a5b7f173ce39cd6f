//! Error mapping, extractors, and the standard layers of every HTTP service.
