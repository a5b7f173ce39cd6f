locals {
  live = ["web", "api", "delivery"]
}

module "observability" {
  source         = "../../modules/observability"
  providers      = { aws = aws, aws.us_east_1 = aws.us_east_1 }
  name           = var.name
  cluster        = module.cluster.name
  load_balancer  = module.load_balancer.arn_suffix
  queue          = { name = module.queue.name, dead_name = module.queue.dead_name }
  database       = { name = module.database.name, low_storage_gib = 4 }
  topic_arn      = module.alarms.arn
  edge_topic_arn = module.edge_alarms.arn
  sleeps         = var.sleep != null

  edge = {
    distribution_id = module.edge.distribution_id
    firewall        = module.edge.firewall_name
    domain_name     = var.domain_name
  }

  services = { for name in local.live : name => {
    service       = module.service[name].name
    target_groups = module.load_balancer.target_groups[name][*].arn_suffix
    log_group     = module.task[name].log_group
    # Uploads and event streams go to the api: their time says nothing of its speed.
    slow_s = { web = 2, api = 30, delivery = 5 }[name]
  } }

  workers = { worker = { service = module.service["worker"].name, log_group = module.task["worker"].log_group } }
}

module "release" {
  source               = "../../modules/blue-green"
  name                 = var.name
  cluster              = module.cluster.name
  listener_arns        = { live = module.load_balancer.listener_arns["live"], test = module.load_balancer.listener_arns["test"] }
  canary               = var.deployment.canary
  approval_minutes     = var.deployment.approval_minutes
  keep_minutes         = var.deployment.keep_minutes
  topic_arn            = module.alarms.arn
  permissions_boundary = var.permissions_boundary

  pass_role_arns = flatten([for name in local.live : [module.role[name].arn, module.task[name].execution_role_arn]])

  services = { for name in local.live : name => {
    service       = module.service[name].name
    target_groups = module.load_balancer.target_groups[name][*].name
    alarms        = module.observability.release_alarms[name]
  } }
}

module "backup" {
  source               = "../../modules/backup"
  name                 = var.name
  key_arn              = module.backup_key.arn
  resource_arns        = [module.database.arn, local.s3.originals]
  data_key_arns        = [module.database_key.arn, module.objects_key.arn]
  keep_days            = var.backup.keep_days
  lock                 = var.backup.lock
  protect              = var.protect
  permissions_boundary = var.permissions_boundary
}

module "budget" {
  source      = "../../modules/budget"
  name        = var.name
  monthly_usd = var.budget.monthly_usd
  anomaly_usd = var.budget.anomaly_usd
  tag         = { key = "Environment", value = var.environment }
  topic_arn   = module.edge_alarms.arn
}
