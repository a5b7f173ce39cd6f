# One key for each kind of data, so that each admits just those who need it.

locals {
  here = { operator = "StringEquals", key = "aws:SourceAccount", values = [local.account] }
}

module "objects_key" {
  source      = "../../modules/encryption-key"
  name        = "${var.name}/objects"
  description = "Pictures of ${var.name}: originals, uploads, derivatives"
  users       = concat([for service in ["api", "delivery", "worker"] : module.role[service].arn], [module.backup.role_arn])
}

module "messages_key" {
  source      = "../../modules/encryption-key"
  name        = "${var.name}/messages"
  description = "Jobs and events of ${var.name}"
  users       = [for service in ["api", "worker"] : module.role[service].arn]
}

module "database_key" {
  source      = "../../modules/encryption-key"
  name        = "${var.name}/database"
  description = "The catalog of ${var.name} and its password"
  users       = [module.backup.role_arn]
  through     = ["rds", "secretsmanager"]
}

module "secrets_key" {
  source      = "../../modules/encryption-key"
  name        = "${var.name}/secrets"
  description = "Secrets of ${var.name}"
  through     = ["secretsmanager"]
}

module "backup_key" {
  source      = "../../modules/encryption-key"
  name        = "${var.name}/backup"
  description = "Backups of ${var.name}"
  users       = [module.backup.role_arn]
  through     = ["backup", "rds"]
}

module "operations_key" {
  source      = "../../modules/encryption-key"
  name        = "${var.name}/operations"
  description = "Logs, alarms and images of containers of ${var.name}"
  users       = [module.release.role_arn]
  through     = ["ecr"]

  services = {
    "logs.${local.region}.amazonaws.com" = [{
      operator = "ArnLike"
      key      = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${data.aws_partition.this.partition}:logs:${local.region}:${local.account}:log-group:*"]
    }]
    "cloudwatch.amazonaws.com" = [local.here]
  }
}

# The same in us-east-1, where CloudFront, WAF and the costs are told of.
module "edge_key" {
  source      = "../../modules/encryption-key"
  providers   = { aws = aws.us_east_1 }
  name        = "${var.name}/edge"
  description = "Logs and alarms of ${var.name}'s edge"

  services = {
    "logs.us-east-1.amazonaws.com" = [{
      operator = "ArnLike"
      key      = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${data.aws_partition.this.partition}:logs:us-east-1:${local.account}:log-group:*"]
    }]
    "cloudwatch.amazonaws.com" = [local.here]
    "budgets.amazonaws.com"    = [local.here]
    "costalerts.amazonaws.com" = [local.here]
  }
}
