mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name                = "tintype-test-api"
  cluster_arn         = "arn:aws:ecs:eu-west-1:123456789012:cluster/c"
  namespace_id        = "ns-1"
  discovery_name      = "api"
  task_definition_arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/api:1"
  container           = "api"
  port                = 8080
  count_at_first      = 2
  subnet_ids          = ["subnet-1", "subnet-2"]
  security_group_id   = "sg-1"
  deployment          = "blue-green"
  target_group_arn    = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/a/1"
}

run "a_blue_green_service_is_codedeploys_and_private" {
  command = plan

  assert {
    condition     = aws_ecs_service.blue_green[0].deployment_controller[0].type == "CODE_DEPLOY" && length(aws_ecs_service.rolling) == 0
    error_message = "Releases are CodeDeploy's."
  }

  assert {
    condition = alltrue([
      !aws_ecs_service.blue_green[0].network_configuration[0].assign_public_ip,
      !coalesce(aws_ecs_service.blue_green[0].enable_execute_command, false),
    ])
    error_message = "No public address, and no way in by ECS exec."
  }

  assert {
    condition     = aws_service_discovery_service.this.dns_config[0].dns_records[0].ttl <= 10
    error_message = "A task that is gone is not called for long."
  }
}

run "a_rolling_service_keeps_one_task_off_spot_and_goes_back_by_itself" {
  command = plan

  variables {
    deployment       = "rolling"
    target_group_arn = null
    spot_share       = 75
  }

  assert {
    condition = alltrue([
      { for one in aws_ecs_service.rolling[0].capacity_provider_strategy : one.capacity_provider => one.weight } == { FARGATE = 25, FARGATE_SPOT = 75 },
      anytrue([for one in aws_ecs_service.rolling[0].capacity_provider_strategy : one.capacity_provider == "FARGATE" && one.base == 1]),
    ])
    error_message = "The first task is never taken away."
  }

  assert {
    condition = alltrue([
      aws_ecs_service.rolling[0].deployment_circuit_breaker[0].rollback,
      aws_ecs_service.rolling[0].deployment_minimum_healthy_percent == 100,
    ])
    error_message = "A release that does not start is taken back, and nothing is missing in between."
  }
}

run "spot_under_codedeploy_is_refused" {
  command         = plan
  expect_failures = [var.spot_share]

  variables {
    spot_share = 50
  }
}

run "an_unknown_way_to_deploy_is_refused" {
  command         = plan
  expect_failures = [var.deployment]

  variables {
    deployment = "all-at-once"
  }
}
