# An SQS queue and its dead-letter queue.
#
# Owns: both, and how a message comes from the one to the other. Refuses: plain HTTP, and dead letters of other queues.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  # Made from the names: each queue's attributes name the other, and could not wait for it.
  prefix   = "arn:${data.aws_partition.this.partition}:sqs:${data.aws_region.this.name}:${data.aws_caller_identity.this.account_id}"
  arn      = "${local.prefix}:${var.name}"
  dead_arn = "${local.prefix}:${var.name}-dead"

  policies = { for arn in [local.arn, local.dead_arn] : arn => jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "RefusePlainHttp"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = "sqs:*"
      Resource  = arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  }) }
}

resource "aws_sqs_queue" "dead" {
  name                              = "${var.name}-dead"
  message_retention_seconds         = 1209600 # 14 days, the longest: somebody has to look at each of them.
  receive_wait_time_seconds         = 20
  visibility_timeout_seconds        = var.visibility_timeout_s
  kms_master_key_id                 = var.key_arn
  kms_data_key_reuse_period_seconds = 300
  policy                            = local.policies[local.dead_arn]

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.arn]
  })
}

resource "aws_sqs_queue" "this" {
  name                              = var.name
  message_retention_seconds         = 345600 # Four days: a broken release on a Friday evening loses nothing.
  receive_wait_time_seconds         = 20
  visibility_timeout_seconds        = var.visibility_timeout_s
  kms_master_key_id                 = var.key_arn
  kms_data_key_reuse_period_seconds = 300
  policy                            = local.policies[local.arn]

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = var.max_receives
  })
}
