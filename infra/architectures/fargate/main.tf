# Tintype on Fargate: a whole one.
#
# Owns: how the modules are put together, and the names. Refuses: differences between environments that are not values, and
# resources of its own, but for the two that join modules: the origin's secret, and the error page in the bucket.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account = data.aws_caller_identity.this.account_id
  region  = data.aws_region.this.name

  port       = 8080
  public_url = "https://${var.domain_name}"
  namespace  = "${var.name}.internal"
}

# What CloudFront and the load balancer know each other by, where that is not a VPC origin. It stands in the state: neither takes
# a value that Terraform does not read back.
resource "terraform_data" "origin_secret" {
  count = var.edge.vpc_origin ? 0 : 1
  input = uuid()

  lifecycle {
    ignore_changes = [input]
  }
}

locals {
  origin_secret = one(terraform_data.origin_secret[*].output)
}
