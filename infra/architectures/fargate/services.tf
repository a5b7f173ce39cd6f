module "cluster" {
  source    = "../../modules/cluster"
  name      = var.name
  vpc_id    = module.network.vpc_id
  namespace = local.namespace
}

locals {
  stop = { unready_ms = 10000, drain_ms = 40000, timeout_s = 60 }

  # Spot gives two minutes; a job that is not done by then goes back to the queue.
  worker_stop = { unready_ms = 0, drain_ms = 90000, timeout_s = 120 }

  common = {
    AWS_REGION         = local.region
    TINTYPE_PUBLIC_URL = local.public_url
  }

  catalog = {
    TINTYPE_CATALOG_URL             = module.database.url
    TINTYPE_CATALOG_PASSWORD_SECRET = module.database.password_secret_arn
  }

  blobs = {
    TINTYPE_BLOBS_URL             = "s3://${module.originals.name}"
    TINTYPE_BLOBS_DERIVATIVES_URL = "s3://${module.derivatives.name}"
    TINTYPE_BLOBS_KMS_KEY         = module.objects_key.arn
  }

  uploads = { TINTYPE_BLOBS_UPLOADS_URL = "s3://${module.uploads.name}" }

  queues = {
    TINTYPE_QUEUE_URL             = module.queue.url
    TINTYPE_QUEUE_DEAD_LETTER_URL = module.queue.dead_url
  }

  environments = {
    web = {
      # Every address of the api's tasks: the load balancer is for those who come from outside.
      TINTYPE_WEB_API_URL = "dns+http://api.${local.namespace}:${local.port}"
    }
    api      = merge(local.catalog, local.blobs, local.uploads, local.queues)
    delivery = local.blobs
    worker = merge(local.catalog, local.blobs, local.uploads, local.queues, {
      TINTYPE_EVENTS_TOPIC      = module.events.arn
      TINTYPE_EDGE_DISTRIBUTION = module.edge.distribution_id
    })
    migrate = local.catalog
  }

  secrets = {
    api      = { TINTYPE_DELIVERY_SIGNING_KEYS = module.signing_keys.arn }
    delivery = { TINTYPE_DELIVERY_SIGNING_KEYS = module.signing_keys.arn }
  }

  # A migration is a connection and some statements.
  sizes = merge(var.services, { migrate = { cpu = 256, memory_mib = 512 } })

  stops = { for role in keys(local.sizes) : role => role == "worker" ? local.worker_stop : local.stop }
}

module "task" {
  source               = "../../modules/task"
  for_each             = local.sizes
  name                 = "${var.name}-${each.key}"
  role                 = each.key
  image                = "${module.registry.urls["${var.name}/tintype-${each.key}"]}:${var.release}"
  repository_arn       = module.registry.arns["${var.name}/tintype-${each.key}"]
  cpu                  = each.value.cpu
  memory_mib           = each.value.memory_mib
  secrets              = lookup(local.secrets, each.key, {})
  secret_key_arns      = contains(keys(local.secrets), each.key) ? [module.secrets_key.arn] : []
  role_arn             = module.role[each.key].arn
  listens              = each.key == "migrate" ? null : local.port
  stop_timeout_s       = local.stops[each.key].timeout_s
  collector_image      = var.collector_image
  permissions_boundary = var.permissions_boundary

  environment = merge(local.common, local.environments[each.key], each.key == "migrate" ? {} : {
    TINTYPE_SHUTDOWN_UNREADY_MS = tostring(local.stops[each.key].unready_ms)
    TINTYPE_SHUTDOWN_DRAIN_MS   = tostring(local.stops[each.key].drain_ms)
  })

  log_group = {
    name           = "/${var.name}/${each.key}"
    retention_days = var.log_retention_days
    key_arn        = module.operations_key.arn
  }
}

module "service" {
  source              = "../../modules/service"
  for_each            = var.services
  name                = "${var.name}-${each.key}"
  cluster_arn         = module.cluster.arn
  namespace_id        = module.cluster.namespace_id
  discovery_name      = each.key
  task_definition_arn = module.task[each.key].definition_arn
  container           = module.task[each.key].container
  port                = local.port
  count_at_first      = each.value.tasks.min
  subnet_ids          = module.network.private_subnet_ids
  security_group_id   = module.connections.ids[each.key]
  deployment          = each.key == "worker" ? "rolling" : "blue-green"
  target_group_arn    = each.key == "worker" ? null : module.load_balancer.target_groups[each.key][0].arn
  spot_share          = each.key == "worker" ? var.spot_share : 0
}

module "scaling" {
  source   = "../../modules/scaling"
  for_each = var.services
  cluster  = module.cluster.name
  service  = module.service[each.key].name
  tasks    = each.value.tasks
  # A render is nothing but CPU, and waits for nobody.
  cpu_percent = each.key == "delivery" ? 50 : 60
  sleep       = var.sleep

  requests = each.key == "worker" ? {} : { requests = {
    per_task      = { web = 3000, api = 3000, delivery = 6000 }[each.key]
    load_balancer = module.load_balancer.arn_suffix
    target_groups = module.load_balancer.target_groups[each.key][*].arn_suffix
  } }

  backlog = each.key == "worker" ? { backlog = { per_task = 30, queue = module.queue.name } } : {}
}
