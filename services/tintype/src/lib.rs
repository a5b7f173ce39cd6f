//! The executable: reads configuration, builds adapters, composes the roles asked for.
