# The buckets, by their roles. Names are unique in the world by the account's number.

locals {
  bucket_names = { for role in ["originals", "uploads", "derivatives", "static", "logs"] : role => "${var.name}-${role}-${local.account}" }
}

module "originals" {
  source            = "../../modules/bucket"
  name              = local.bucket_names.originals
  key_arn           = module.objects_key.arn
  versioning        = true
  force_destroy     = !var.protect
  access_log_bucket = module.logs.log_bucket_name

  lifecycle_rules = {
    # Renders read mezzanines: an original is seldom asked for after its first days.
    seldom  = { infrequent_days = 60 }
    deleted = { expire_noncurrent_days = 30 }
  }
}

module "uploads" {
  source            = "../../modules/bucket"
  name              = local.bucket_names.uploads
  key_arn           = module.objects_key.arn
  force_destroy     = true
  cors_origins      = [local.public_url]
  access_log_bucket = module.logs.log_bucket_name

  # What was accepted has been copied by then.
  lifecycle_rules = { given-up = { expire_days = 7 } }
}

# Can be made anew from the originals.
module "derivatives" {
  source            = "../../modules/bucket"
  name              = local.bucket_names.derivatives
  key_arn           = module.objects_key.arn
  force_destroy     = !var.protect
  access_log_bucket = module.logs.log_bucket_name
}

# Public by design, so under S3's own key: CloudFront needs no other then.
module "static" {
  source            = "../../modules/bucket"
  name              = local.bucket_names.static
  force_destroy     = true
  access_log_bucket = module.logs.log_bucket_name

  statements = [{
    Sid       = "ReadByTheDistribution"
    Effect    = "Allow"
    Principal = { Service = "cloudfront.amazonaws.com" }
    Action    = "s3:GetObject"
    Resource  = "arn:${data.aws_partition.this.partition}:s3:::${local.bucket_names.static}/*"
    Condition = { StringEquals = { "AWS:SourceArn" = module.edge.distribution_arn } }
  }]
}

resource "aws_s3_object" "error_page" {
  bucket        = module.static.name
  key           = module.edge.error_page.key
  content       = module.edge.error_page.content
  content_type  = "text/html; charset=utf-8"
  cache_control = "public, max-age=300"
}

# Load balancers can write under S3's own key alone.
module "logs" {
  source          = "../../modules/bucket"
  name            = local.bucket_names.logs
  logs            = true
  force_destroy   = !var.protect
  lifecycle_rules = { old = { expire_days = var.log_retention_days } }

  statements = [
    {
      Sid       = "WriteByLoadBalancers"
      Effect    = "Allow"
      Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "arn:${data.aws_partition.this.partition}:s3:::${local.bucket_names.logs}/load-balancer/AWSLogs/${local.account}/*"
    },
    {
      Sid       = "WriteByS3"
      Effect    = "Allow"
      Principal = { Service = "logging.s3.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "arn:${data.aws_partition.this.partition}:s3:::${local.bucket_names.logs}/s3/*"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    },
  ]
}

module "registry" {
  source       = "../../modules/registry"
  repositories = [for role in ["web", "api", "delivery", "worker", "migrate"] : "${var.name}/tintype-${role}"]
  key_arn      = module.operations_key.arn
  force_delete = !var.protect
}
