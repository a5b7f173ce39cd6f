# The queue, the topics, the catalog, the secrets.

module "queue" {
  source  = "../../modules/queue"
  name    = "${var.name}-jobs"
  key_arn = module.messages_key.arn
}

module "events" {
  source  = "../../modules/topic"
  name    = "${var.name}-events"
  key_arn = module.messages_key.arn
}

module "alarms" {
  source   = "../../modules/topic"
  name     = "${var.name}-alarms"
  key_arn  = module.operations_key.arn
  services = ["cloudwatch.amazonaws.com"]
  emails   = var.alarm_emails
}

module "edge_alarms" {
  source    = "../../modules/topic"
  providers = { aws = aws.us_east_1 }
  name      = "${var.name}-edge-alarms"
  key_arn   = module.edge_key.arn
  services  = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "costalerts.amazonaws.com"]
  emails    = var.alarm_emails
}

module "database" {
  source               = "../../modules/database"
  name                 = var.name
  subnet_ids           = module.network.database_subnet_ids
  security_group_id    = module.connections.ids["database"]
  key_arn              = module.database_key.arn
  log_key_arn          = module.operations_key.arn
  instance_class       = var.database.instance_class
  multi_az             = var.database.multi_az
  storage_gib          = var.database.storage_gib
  backup_days          = var.database.backup_days
  protect              = var.protect
  log_retention_days   = var.log_retention_days
  permissions_boundary = var.permissions_boundary
}

module "signing_keys" {
  source        = "../../modules/secret"
  name          = "${var.name}/delivery-signing-keys"
  description   = "Signs delivery URLs: kid:secret,kid:secret, the first one signs. docs/signing.md tells how to change them."
  key_arn       = module.secrets_key.arn
  value         = "k1:${var.signing_key}"
  recovery_days = var.protect ? 30 : 0
}
