# Production: three zones, no single point that takes it down, and somebody's approval before a release is live.

# The first key that signs delivery URLs: written to Secrets Manager once, never to state or plan. 44 letters and digits are 33
# bytes of base64url.
ephemeral "aws_secretsmanager_random_password" "signing_key" {
  password_length     = 44
  exclude_punctuation = true
}

module "tintype" {
  source               = "../../architectures/fargate"
  providers            = { aws = aws, aws.us_east_1 = aws.us_east_1 }
  name                 = "tintype-production"
  environment          = "production"
  domain_name          = var.domain_name
  zone_id              = var.zone_id
  release              = var.release
  alarm_emails         = var.alarm_emails
  permissions_boundary = var.permissions_boundary
  signing_key          = ephemeral.aws_secretsmanager_random_password.signing_key.random_password

  protect            = var.protect
  log_retention_days = 365

  network = {
    cidr  = "10.50.0.0/16"
    zones = 3
    nat   = "per-zone"
  }

  database = {
    instance_class = "db.m7g.large"
    multi_az       = true
    backup_days    = 14
    storage_gib    = { first = 100, most = 1000 }
  }

  services = {
    web      = { cpu = 512, memory_mib = 1024, tasks = { min = 2, max = 10 } }
    api      = { cpu = 1024, memory_mib = 2048, tasks = { min = 2, max = 10 } }
    delivery = { cpu = 2048, memory_mib = 4096, tasks = { min = 3, max = 30 } }
    worker   = { cpu = 2048, memory_mib = 4096, tasks = { min = 2, max = 20 } }
  }

  spot_share = 50

  edge       = { price_class = "PriceClass_All", block_anonymous = true }
  deployment = { canary = { percent = 10, minutes = 10 }, approval_minutes = 120, keep_minutes = 60 }
  backup     = { keep_days = { daily = 35, monthly = 365 }, lock = true }
  budget     = { monthly_usd = 2000, anomaly_usd = 100 }
}
