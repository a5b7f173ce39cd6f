# Staging: everything that production has, as small as it goes, and asleep at night.

# The first key that signs delivery URLs: written to Secrets Manager once, never to state or plan. 44 letters and digits are 33
# bytes of base64url.
ephemeral "aws_secretsmanager_random_password" "signing_key" {
  password_length     = 44
  exclude_punctuation = true
}

module "tintype" {
  source               = "../../architectures/fargate"
  providers            = { aws = aws, aws.us_east_1 = aws.us_east_1 }
  name                 = "tintype-staging"
  environment          = "staging"
  domain_name          = var.domain_name
  zone_id              = var.zone_id
  release              = var.release
  alarm_emails         = var.alarm_emails
  permissions_boundary = var.permissions_boundary
  signing_key          = ephemeral.aws_secretsmanager_random_password.signing_key.random_password

  protect            = var.protect
  log_retention_days = 30

  network  = { cidr = "10.40.0.0/16", zones = 2, nat = "single" }
  database = { instance_class = "db.t4g.medium", multi_az = false, backup_days = 3 }

  services = {
    web      = { cpu = 256, memory_mib = 512, tasks = { min = 1, max = 2 } }
    api      = { cpu = 256, memory_mib = 512, tasks = { min = 1, max = 2 } }
    delivery = { cpu = 1024, memory_mib = 3072, tasks = { min = 1, max = 3 } }
    worker   = { cpu = 1024, memory_mib = 3072, tasks = { min = 1, max = 3 } }
  }

  spot_share = 100
  sleep      = { from = "cron(0 20 * * ? *)", until = "cron(0 6 ? * MON-FRI *)", timezone = "Europe/Berlin" }

  deployment = { canary = { percent = 50, minutes = 1 }, approval_minutes = 0, keep_minutes = 5 }
  backup     = { keep_days = { daily = 7, monthly = 30 }, lock = false }
  budget     = { monthly_usd = 250, anomaly_usd = 20 }
}
