module "network" {
  source               = "../../modules/network"
  name                 = var.name
  cidr                 = var.network.cidr
  zones                = var.network.zones
  nat                  = var.network.nat
  interface_endpoints  = var.network.interface_endpoints
  flow_log             = { retention_days = var.log_retention_days, key_arn = module.operations_key.arn }
  permissions_boundary = var.permissions_boundary
}

module "dns" {
  source      = "../../modules/dns"
  providers   = { aws = aws, aws.us_east_1 = aws.us_east_1 }
  domain_name = var.domain_name
  zone_id     = var.zone_id
}

module "load_balancer" {
  source            = "../../modules/load-balancer"
  name              = var.name
  vpc_id            = module.network.vpc_id
  vpc_cidr          = module.network.cidr
  security_group_id = module.connections.ids["load-balancer"]
  subnet_ids        = var.edge.vpc_origin ? module.network.private_subnet_ids : module.network.public_subnet_ids
  internal          = var.edge.vpc_origin
  origin_secret     = local.origin_secret
  certificate_arn   = module.dns.origin_certificate_arn
  domain_name       = module.dns.origin_name
  zone_id           = module.dns.zone_id
  log_bucket        = module.logs.log_bucket_name
  protect           = var.protect

  services = {
    delivery = { port = local.port, paths = ["/i/*"], priority = 10 }
    api      = { port = local.port, paths = ["/api/*"], priority = 20 }
    web      = { port = local.port, paths = ["/*"], priority = 30 }
  }
}

module "connections" {
  source = "../../modules/connections"
  name   = var.name
  vpc_id = module.network.vpc_id

  groups = {
    load-balancer = "The load balancer"
    web           = "Tasks of web"
    api           = "Tasks of the api"
    delivery      = "Tasks of delivery"
    worker        = "Tasks of the worker"
    migrate       = "A migration, once for a release"
    database      = "The catalog"
  }

  connections = {
    load-balancer-web      = { from = "load-balancer", to = "web", port = local.port }
    load-balancer-api      = { from = "load-balancer", to = "api", port = local.port }
    load-balancer-delivery = { from = "load-balancer", to = "delivery", port = local.port }
    web-api                = { from = "web", to = "api", port = local.port }
    api-database           = { from = "api", to = "database", port = 3306 }
    worker-database        = { from = "worker", to = "database", port = 3306 }
    migrate-database       = { from = "migrate", to = "database", port = 3306 }
  }

  internet = {
    web      = [443]
    api      = [443]
    delivery = [443]
    # It calls webhooks and fetches pictures by URL, of which some are plain HTTP.
    worker  = [443, 80]
    migrate = [443]
  }
}
