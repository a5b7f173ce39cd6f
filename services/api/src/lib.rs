//! The JSON API: accepts uploads and owns every write to the catalog that a person asks for.
