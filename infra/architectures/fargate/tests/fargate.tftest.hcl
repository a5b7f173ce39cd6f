mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "us_east_1"
  source          = "../../mocks"
  override_during = plan
}

variables {
  name               = "tintype-test"
  environment        = "test"
  domain_name        = "pictures.example.org"
  release            = "0.1.0"
  protect            = false
  log_retention_days = 30
  alarm_emails       = ["operator@example.org"]
  signing_key        = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

  network  = { cidr = "10.9.0.0/16", zones = 2, nat = "single" }
  database = { instance_class = "db.t4g.medium", multi_az = false, backup_days = 3 }

  services = {
    web      = { cpu = 256, memory_mib = 512, tasks = { min = 1, max = 2 } }
    api      = { cpu = 256, memory_mib = 512, tasks = { min = 1, max = 2 } }
    delivery = { cpu = 1024, memory_mib = 3072, tasks = { min = 1, max = 3 } }
    worker   = { cpu = 1024, memory_mib = 3072, tasks = { min = 1, max = 3 } }
  }

  deployment = { canary = { percent = 50, minutes = 1 }, approval_minutes = 0, keep_minutes = 5 }
  backup     = { keep_days = { daily = 7, monthly = 30 }, lock = false }
  budget     = { monthly_usd = 250, anomaly_usd = 20 }
}

# One run: each plans three hundred resources.
run "the_whole_keeps_its_promises" {
  command = plan

  # Each role may do what it needs and no more.
  assert {
    condition     = toset(keys(output.policies)) == toset(["web", "api", "delivery", "worker", "migrate"])
    error_message = "A policy for each role."
  }

  assert {
    condition     = toset(flatten(jsondecode(output.policies.web).Statement[*].Action)) == toset(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", "xray:GetSamplingRules", "xray:GetSamplingStatisticSummaries", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"])
    error_message = "Web traces and measures, and reads nothing of AWS."
  }

  assert {
    condition = alltrue(flatten([for role in ["web", "delivery"] : [for one in jsondecode(output.policies[role]).Statement :
    [for action in one.Action : !startswith(action, "sqs:") && !startswith(action, "sns:") && !startswith(action, "secretsmanager:")]]]))
    error_message = "Neither web nor delivery touches queues, topics or secrets."
  }

  assert {
    condition = length([for one in jsondecode(output.policies.delivery).Statement : one
    if contains(one.Action, "s3:PutObject") && anytrue([for arn in one.Resource : strcontains(arn, "originals") || strcontains(arn, "uploads")])]) == 0
    error_message = "Delivery writes variants, never originals."
  }

  assert {
    condition = length([for one in jsondecode(output.policies.api).Statement : one
    if contains(one.Action, "s3:PutObject") && anytrue([for arn in one.Resource : strcontains(arn, "derivatives")])]) == 0
    error_message = "The api reads derivatives and makes none."
  }

  assert {
    condition = [for role, policy in output.policies : role if anytrue([for one in jsondecode(policy).Statement :
    contains(one.Action, "sns:Publish") || contains(one.Action, "cloudfront:CreateInvalidation")])] == ["worker"]
    error_message = "Only the worker tells of events and purges the edge."
  }

  assert {
    condition     = alltrue(flatten([for policy in values(output.policies) : [for one in jsondecode(policy).Statement : alltrue([for action in one.Action : startswith(action, "xray:")]) if contains(one.Resource, "*")]]))
    error_message = "Only X-Ray, which knows no resources, is on everything."
  }

  # The services are told what the contract says.
  assert {
    condition     = local.environments.web.TINTYPE_WEB_API_URL == "dns+http://api.tintype-test.internal:8080"
    error_message = "Web finds every task of the api by its name in Cloud Map."
  }

  assert {
    condition = alltrue([
      local.environments.worker.TINTYPE_BLOBS_UPLOADS_URL == "s3://tintype-test-uploads-123456789012",
      local.environments.delivery.TINTYPE_BLOBS_DERIVATIVES_URL == "s3://tintype-test-derivatives-123456789012",
    ])
    error_message = "Buckets by their roles."
  }

  assert {
    condition = alltrue([
      alltrue([for role in ["api", "worker", "migrate"] : startswith(local.environments[role].TINTYPE_CATALOG_URL, "mysql://tintype@") && can(local.environments[role].TINTYPE_CATALOG_PASSWORD_SECRET)]),
      !can(local.environments.delivery.TINTYPE_CATALOG_URL),
      !can(local.environments.web.TINTYPE_CATALOG_URL),
    ])
    error_message = "The catalog is for api, worker and migrate; without a password in its URL."
  }

  assert {
    condition     = keys(local.secrets) == ["api", "delivery"]
    error_message = "Those who sign and those who verify have the keys."
  }

  assert {
    condition     = alltrue([for stop in values(local.stops) : stop.timeout_s * 1000 > stop.unready_ms + stop.drain_ms])
    error_message = "Nobody is killed while draining."
  }

  # Nothing can be reached but through the edge.
  assert {
    condition = alltrue([
      module.connections.ids != null,
      local.public_url == "https://pictures.example.org",
      length(terraform_data.origin_secret) == 0,
    ])
    error_message = "A VPC origin needs no secret."
  }

  assert {
    condition     = output.buckets == { for role in ["originals", "uploads", "derivatives", "static", "logs"] : role => "tintype-test-${role}-123456789012" }
    error_message = "Five buckets, by their roles."
  }
}

run "a_public_load_balancer_gets_a_secret_that_nobody_typed" {
  command = plan

  variables {
    edge = { vpc_origin = false }
  }

  assert {
    condition     = length(terraform_data.origin_secret) == 1
    error_message = "It is made once, and kept."
  }
}

run "three_zones_without_nat_stand_as_well" {
  command = plan

  variables {
    network = {
      cidr                = "10.9.0.0/16", zones = 3, nat = "none"
      interface_endpoints = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs", "sns", "xray", "monitoring"]
    }
  }

  assert {
    condition     = length(output.release.migrate.subnets) == 3
    error_message = "Three zones."
  }
}

run "latest_is_no_release" {
  command         = plan
  expect_failures = [var.release]

  variables {
    release = "latest"
  }
}

run "a_short_signing_key_is_refused" {
  command         = plan
  expect_failures = [var.signing_key]

  variables {
    signing_key = "short"
  }
}

run "too_little_memory_for_the_largest_picture_is_refused" {
  command         = plan
  expect_failures = [var.services]

  variables {
    services = {
      web      = { cpu = 256, memory_mib = 512, tasks = { min = 1, max = 2 } }
      api      = { cpu = 256, memory_mib = 512, tasks = { min = 1, max = 2 } }
      delivery = { cpu = 256, memory_mib = 512, tasks = { min = 1, max = 3 } }
      worker   = { cpu = 1024, memory_mib = 3072, tasks = { min = 1, max = 3 } }
    }
  }
}

run "a_retention_that_cloudwatch_has_not_is_refused" {
  command         = plan
  expect_failures = [var.log_retention_days]

  variables {
    log_retention_days = 100
  }
}

run "a_name_that_is_too_long_is_refused" {
  command         = plan
  expect_failures = [var.name]

  variables {
    name = "tintype-of-a-long-department"
  }
}
