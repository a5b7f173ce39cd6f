mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name            = "tintype-test-api"
  role            = "api"
  image           = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/tintype-api:0.1.0"
  repository_arn  = "arn:aws:ecr:eu-west-1:123456789012:repository/tintype-api"
  cpu             = 512
  memory_mib      = 1024
  environment     = { TINTYPE_PUBLIC_URL = "https://pictures.example.org" }
  secrets         = { TINTYPE_DELIVERY_SIGNING_KEYS = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys" }
  secret_key_arns = ["arn:aws:kms:eu-west-1:123456789012:key/secrets"]
  role_arn        = "arn:aws:iam::123456789012:role/api"
  collector_image = "collector:1"
  log_group       = { name = "/tintype-test/api", retention_days = 30, key_arn = "arn:aws:kms:eu-west-1:123456789012:key/logs" }
}

run "the_program_has_few_powers" {
  command = plan

  assert {
    condition = alltrue([
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem,
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].user == "65532:65532",
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.capabilities.drop == ["ALL"],
    ])
    error_message = "No root, nothing to write to, no capabilities."
  }

  assert {
    condition = alltrue([
      aws_ecs_task_definition.this.runtime_platform[0].cpu_architecture == "ARM64",
      aws_ecs_task_definition.this.network_mode == "awsvpc",
    ])
    error_message = "ARM64 on Fargate."
  }
}

run "it_listens_where_all_do_and_says_how_it_is" {
  command = plan

  assert {
    condition     = { for one in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : one.name => one.value }["TINTYPE_LISTEN"] == "0.0.0.0:8080"
    error_message = "Port 8080, from anywhere in the VPC."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].healthCheck.command == ["CMD", "/usr/local/bin/tintype", "healthcheck"]
    error_message = "The image has no shell: the program asks itself."
  }
}

run "secrets_come_as_secrets" {
  command = plan

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].secrets == [{ name = "TINTYPE_DELIVERY_SIGNING_KEYS", valueFrom = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys" }]
    error_message = "By their ARN, not by their value."
  }
}

run "the_collector_is_beside_it_and_it_can_do_without" {
  command = plan

  assert {
    condition = alltrue([
      jsondecode(aws_ecs_task_definition.this.container_definitions)[1].name == "collector",
      !jsondecode(aws_ecs_task_definition.this.container_definitions)[1].essential,
    ])
    error_message = "A collector that ends must not end the program."
  }

  assert {
    condition     = yamldecode(jsondecode(aws_ecs_task_definition.this.container_definitions)[1].environment[0].value).receivers.otlp.protocols.http.endpoint == "127.0.0.1:4318"
    error_message = "It hears the task alone."
  }
}

run "a_migration_listens_to_nobody" {
  command = plan

  variables {
    role    = "migrate"
    listens = null
  }

  assert {
    condition = alltrue([
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings == [],
      !can(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].healthCheck),
    ])
    error_message = "It runs and ends."
  }
}

run "logs_are_encrypted_and_end" {
  command = plan

  assert {
    condition = alltrue([
      aws_cloudwatch_log_group.program.kms_key_id == var.log_group.key_arn,
      aws_cloudwatch_log_group.program.retention_in_days == 30,
      aws_cloudwatch_log_group.metrics.kms_key_id == var.log_group.key_arn,
    ])
    error_message = "Encrypted, and not kept for ever."
  }
}

run "latest_is_no_release" {
  command         = plan
  expect_failures = [var.image]

  variables {
    image = "tintype-api:latest"
  }
}

run "a_size_that_fargate_has_not_is_refused" {
  command         = plan
  expect_failures = [var.memory_mib]

  variables {
    cpu        = 256
    memory_mib = 4096
  }
}

run "a_role_that_tintype_has_not_is_refused" {
  command         = plan
  expect_failures = [var.role]

  variables {
    role = "cron"
  }
}

run "a_stop_that_drops_requests_is_refused" {
  command         = plan
  expect_failures = [var.stop_timeout_s]

  variables {
    stop_timeout_s = 10
  }
}
