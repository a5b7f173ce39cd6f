//! Adapters on AWS.
