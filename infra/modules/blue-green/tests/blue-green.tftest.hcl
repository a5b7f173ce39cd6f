mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name    = "tintype-test"
  cluster = "tintype-test"
  listener_arns = {
    live = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/lb/1/live"
    test = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/lb/1/test"
  }
  services = {
    web = { service = "tintype-test-web", target_groups = ["web-1", "web-2"], alarms = ["tintype-test-web-errors"] }
  }
  canary           = { percent = 10, minutes = 5 }
  approval_minutes = 60
  keep_minutes     = 30
  pass_role_arns   = ["arn:aws:iam::123456789012:role/web"]
  topic_arn        = "arn:aws:sns:eu-west-1:123456789012:alarms"
}

run "a_release_begins_small_and_waits_for_approval" {
  command = plan

  assert {
    condition     = aws_codedeploy_deployment_config.this.traffic_routing_config[0].time_based_canary[0].percentage == 10
    error_message = "A tenth first."
  }

  assert {
    condition     = aws_codedeploy_deployment_group.this["web"].blue_green_deployment_config[0].deployment_ready_option[0].action_on_timeout == "STOP_DEPLOYMENT"
    error_message = "What nobody approves is given up."
  }

  assert {
    condition     = aws_codedeploy_deployment_group.this["web"].load_balancer_info[0].target_group_pair_info[0].test_traffic_route[0].listener_arns == toset([var.listener_arns.test])
    error_message = "It can be tried before it is live."
  }
}

run "without_approval_it_goes_on_by_itself" {
  command = plan

  variables {
    approval_minutes = 0
  }

  assert {
    condition     = aws_codedeploy_deployment_group.this["web"].blue_green_deployment_config[0].deployment_ready_option[0].action_on_timeout == "CONTINUE_DEPLOYMENT"
    error_message = "Nobody is waited for."
  }
}

run "alarms_take_a_release_back" {
  command = plan

  assert {
    condition = alltrue([
      aws_codedeploy_deployment_group.this["web"].alarm_configuration[0].enabled,
      aws_codedeploy_deployment_group.this["web"].alarm_configuration[0].alarms == toset(["tintype-test-web-errors"]),
      contains(aws_codedeploy_deployment_group.this["web"].auto_rollback_configuration[0].events, "DEPLOYMENT_STOP_ON_ALARM"),
    ])
    error_message = "An alarm stops it, and what was before comes back."
  }
}

run "codedeploy_may_touch_these_services_and_listeners_alone" {
  command = plan

  assert {
    condition = [for one in jsondecode(aws_iam_role_policy.this.policy).Statement : one.Resource if one.Sid == "MoveTraffic"][0] == [
      var.listener_arns.live, var.listener_arns.test,
      "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/lb/1/live/*",
      "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/lb/1/test/*",
    ]
    error_message = "Two listeners and their rules."
  }

  assert {
    condition     = [for one in jsondecode(aws_iam_role_policy.this.policy).Statement : one.Sid if one.Resource == "*"] == ["StartTaskSets", "Look"]
    error_message = "Only what cannot be bounded by a resource: looking, and starting, which the cluster bounds."
  }
}

run "a_release_without_alarms_is_refused" {
  command         = plan
  expect_failures = [var.services]

  variables {
    services = { web = { service = "web", target_groups = ["web-1", "web-2"], alarms = [] } }
  }
}

run "all_traffic_at_once_is_refused" {
  command         = plan
  expect_failures = [var.canary]

  variables {
    canary = { percent = 100, minutes = 1 }
  }
}
