# Releases by CodeDeploy: the next one is started beside the live one, tried, given a part of the traffic, then all of it.
#
# Owns: how traffic moves, what takes a release back, whose approval it waits for. Refuses: to move all traffic at once.
# Hidden behind this module, so that ECS's own blue/green can replace it (decisions/0001-blue-green-by-codedeploy.md).

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  ecs = "arn:${data.aws_partition.this.partition}:ecs:${data.aws_region.this.name}:${data.aws_caller_identity.this.account_id}"
  elb = "arn:${data.aws_partition.this.partition}:elasticloadbalancing:${data.aws_region.this.name}:${data.aws_caller_identity.this.account_id}"

  services = [for service in values(var.services) : "${local.ecs}:service/${var.cluster}/${service.service}"]
  # A rule's ARN is its listener's with "listener-rule" in place of "listener".
  rules = [for arn in values(var.listener_arns) : "${replace(arn, ":listener/", ":listener-rule/")}/*"]
}

resource "aws_iam_role" "this" {
  name                 = "${var.name}-release"
  permissions_boundary = var.permissions_boundary
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "codedeploy.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "release"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Services"
        Effect   = "Allow"
        Action   = ["ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet"]
        Resource = local.services
      },
      {
        Sid      = "EndTaskSets"
        Effect   = "Allow"
        Action   = "ecs:DeleteTaskSet"
        Resource = [for service in values(var.services) : "${local.ecs}:task-set/${var.cluster}/${service.service}/*"]
      },
      {
        # A task set has no name before it is there: bounded by the cluster.
        Sid       = "StartTaskSets"
        Effect    = "Allow"
        Action    = "ecs:CreateTaskSet"
        Resource  = "*"
        Condition = { ArnEquals = { "ecs:cluster" = "${local.ecs}:cluster/${var.cluster}" } }
      },
      {
        Sid      = "MoveTraffic"
        Effect   = "Allow"
        Action   = ["elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"]
        Resource = concat(values(var.listener_arns), local.rules)
      },
      {
        # AWS knows no resources for what only describes; of alarms it shows composite ones to nobody whose view is bounded.
        Sid    = "Look"
        Effect = "Allow"
        Action = [
          "cloudwatch:DescribeAlarms", "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules",
          "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth",
        ]
        Resource = "*"
      },
      {
        Sid      = "Tell"
        Effect   = "Allow"
        Action   = "sns:Publish"
        Resource = var.topic_arn
      },
      {
        Sid       = "HandRolesToTasks"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = var.pass_role_arns
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
  })
}

resource "aws_codedeploy_app" "this" {
  name             = var.name
  compute_platform = "ECS"
}

resource "aws_codedeploy_deployment_config" "this" {
  deployment_config_name = "${var.name}-canary"
  compute_platform       = "ECS"

  traffic_routing_config {
    type = "TimeBasedCanary"

    time_based_canary {
      percentage = var.canary.percent
      interval   = var.canary.minutes
    }
  }
}

resource "aws_codedeploy_deployment_group" "this" {
  for_each               = var.services
  app_name               = aws_codedeploy_app.this.name
  deployment_group_name  = each.key
  deployment_config_name = aws_codedeploy_deployment_config.this.deployment_config_name
  service_role_arn       = aws_iam_role.this.arn

  deployment_style {
    deployment_type   = "BLUE_GREEN"
    deployment_option = "WITH_TRAFFIC_CONTROL"
  }

  blue_green_deployment_config {
    deployment_ready_option {
      action_on_timeout    = var.approval_minutes > 0 ? "STOP_DEPLOYMENT" : "CONTINUE_DEPLOYMENT"
      wait_time_in_minutes = var.approval_minutes > 0 ? var.approval_minutes : null
    }

    terminate_blue_instances_on_deployment_success {
      action                           = "TERMINATE"
      termination_wait_time_in_minutes = var.keep_minutes
    }
  }

  ecs_service {
    cluster_name = var.cluster
    service_name = each.value.service
  }

  load_balancer_info {
    target_group_pair_info {
      prod_traffic_route {
        listener_arns = [var.listener_arns.live]
      }

      test_traffic_route {
        listener_arns = [var.listener_arns.test]
      }

      dynamic "target_group" {
        for_each = each.value.target_groups

        content {
          name = target_group.value
        }
      }
    }
  }

  alarm_configuration {
    enabled = true
    alarms  = each.value.alarms
  }

  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]
  }

  trigger_configuration {
    trigger_name       = "failed"
    trigger_events     = ["DeploymentFailure", "DeploymentRollback", "DeploymentStop"]
    trigger_target_arn = var.topic_arn
  }

  depends_on = [aws_iam_role_policy.this]
}
