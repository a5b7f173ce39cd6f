//! The adapters on an AWS, or on what stands for it: `dev/aws run cargo test -p aws`.

mod blobs;
mod common;
mod jobs;
mod others;
