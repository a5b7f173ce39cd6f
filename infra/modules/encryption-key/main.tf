# A KMS key that admits its users by name.
#
# Owns: the key, its alias, its policy. Refuses: to leave the use of the key to IAM alone. The account's root (and so IAM) may
# administer it, but neither encrypt nor decrypt: who may is listed in this policy.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  account = data.aws_caller_identity.this.account_id
  use     = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]

  administration = {
    Sid       = "Administer"
    Effect    = "Allow"
    Principal = { AWS = "arn:${data.aws_partition.this.partition}:iam::${local.account}:root" }
    Action = [
      "kms:CancelKeyDeletion", "kms:Create*", "kms:Delete*", "kms:Describe*", "kms:Disable*", "kms:Enable*", "kms:Get*",
      "kms:List*", "kms:Put*", "kms:Revoke*", "kms:RotateKeyOnDemand", "kms:ScheduleKeyDeletion", "kms:TagResource",
      "kms:UntagResource", "kms:Update*",
    ]
    Resource = "*"
  }

  users = {
    Sid       = "UseByRoles"
    Effect    = "Allow"
    Principal = { AWS = sort(var.users) }
    Action    = local.use
    Resource  = "*"
  }

  through = {
    Sid       = "UseThroughServices"
    Effect    = "Allow"
    Principal = { AWS = "*" }
    Action    = concat(local.use, ["kms:CreateGrant", "kms:RetireGrant"])
    Resource  = "*"
    Condition = {
      StringEquals = {
        "kms:CallerAccount" = local.account
        "kms:ViaService"    = [for service in sort(var.through) : "${service}.${data.aws_region.this.name}.amazonaws.com"]
      }
    }
  }

  services = [for principal, conditions in var.services : {
    Sid       = "UseBy${replace(title(replace(split(".", principal)[0], "-", " ")), " ", "")}"
    Effect    = "Allow"
    Principal = { Service = principal }
    Action    = local.use
    Resource  = "*"
    Condition = { for operator in distinct(conditions[*].operator) : operator => {
      for condition in conditions : condition.key => condition.values if condition.operator == operator
    } }
  }]
}

resource "aws_kms_key" "this" {
  description             = var.description
  enable_key_rotation     = true
  deletion_window_in_days = 30

  # In a key's policy "*" is the key itself.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [local.administration],
      [for statement in [local.users] : statement if length(var.users) > 0],
      [for statement in [local.through] : statement if length(var.through) > 0],
      local.services,
    )
  })
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}
