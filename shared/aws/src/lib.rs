//! Adapters on AWS, and on what speaks its language.
//!
//! Owns: blobs in S3, jobs in SQS, events out by SNS, secrets in Secrets Manager, purges at CloudFront, and the making of all of
//! it on a local endpoint. Refuses: what any of it means; credentials, which the SDK finds; policies, which `infra/` writes.

mod cloudfront;
mod context;
mod failure;
mod provision;
mod s3;
mod secrets;
mod sns;
mod sqs;

pub use cloudfront::CloudFrontPurger;
pub use context::{AwsConfigError, AwsContext};
pub use provision::{Provision, ProvisionError, Provisioned, provision};
pub use s3::{InvalidS3Url, S3BlobStore, S3Buckets, S3DirectUploads, S3Location, S3Places, S3Settings};
pub use secrets::SecretsManager;
pub use sns::SnsNotifier;
pub use sqs::SqsQueue;
