locals {
  # What can be declared, as the actions it takes. Each acts on one of three things: the resource itself ("it"), the objects in
  # a bucket ("objects"), or, where AWS knows no resources for an action, "everything": those are listed with the reason.
  vocabulary = {
    read-objects  = [{ on = "objects", actions = ["s3:GetObject"] }]
    write-objects = [{ on = "objects", actions = ["s3:DeleteObject", "s3:PutObject"] }]
    list-objects  = [{ on = "it", actions = ["s3:ListBucket"] }]
    upload-parts = [
      { on = "objects", actions = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"] },
      { on = "it", actions = ["s3:ListBucketMultipartUploads"] },
    ]
    receive-messages = [{ on = "it", actions = ["sqs:DeleteMessage", "sqs:ReceiveMessage"] }]
    extend-messages  = [{ on = "it", actions = ["sqs:ChangeMessageVisibility"] }]
    send-messages    = [{ on = "it", actions = ["sqs:SendMessage"] }]
    see-queue        = [{ on = "it", actions = ["sqs:GetQueueAttributes"] }]
    publish          = [{ on = "it", actions = ["sns:Publish"] }]
    purge-edge       = [{ on = "it", actions = ["cloudfront:CreateInvalidation"] }]
    read-secret      = [{ on = "it", actions = ["secretsmanager:GetSecretValue"] }]
    use-key          = [{ on = "it", actions = ["kms:Decrypt", "kms:GenerateDataKey"] }]
    pull-image       = [{ on = "it", actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] }]
    write-log        = [{ on = "streams", actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"] }]
    # A token is for the whole registry; what can be pulled with it is bounded by pull-image.
    sign-in-to-registry = [{ on = "everything", actions = ["ecr:GetAuthorizationToken"] }]
    # X-Ray knows no resources for these.
    trace = [{ on = "everything", actions = [
      "xray:GetSamplingRules", "xray:GetSamplingStatisticSummaries", "xray:GetSamplingTargets", "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ] }]
  }
}
