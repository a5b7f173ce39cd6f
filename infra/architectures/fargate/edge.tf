module "edge" {
  source                    = "../../modules/edge"
  providers                 = { aws = aws.us_east_1 }
  name                      = var.name
  domain_name               = var.domain_name
  zone_id                   = module.dns.zone_id
  certificate_arn           = module.dns.edge_certificate_arn
  origin                    = { domain_name = module.load_balancer.domain_name, arn = module.load_balancer.arn, vpc = var.edge.vpc_origin }
  origin_secret             = local.origin_secret
  shield_region             = var.edge.shield ? local.region : null
  static_bucket_domain_name = module.static.regional_domain_name
  log_bucket_domain_name    = module.logs.log_domain_name
  log_key_arn               = module.edge_key.arn
  log_retention_days        = var.log_retention_days
  price_class               = var.edge.price_class
  block_anonymous           = var.edge.block_anonymous
}
