# An ECS service on Fargate.
#
# Owns: the service, its name in Cloud Map. Refuses: public addresses, and to say which release runs:
# that is for a release (infra/release), which must be able to go back without Terraform.

locals {
  blue_green = var.deployment == "blue-green"
}

resource "aws_service_discovery_service" "this" {
  name = var.discovery_name

  dns_config {
    namespace_id   = var.namespace_id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = "A"
      # A task that is gone must not be called for long.
      ttl = 5
    }
  }

  # ECS says which tasks are healthy.
  health_check_custom_config {
    failure_threshold = 1
  }
}

# Two resources, since what Terraform is to leave alone has to be written out for each controller.
resource "aws_ecs_service" "blue_green" {
  count           = local.blue_green ? 1 : 0
  name            = var.name
  cluster         = var.cluster_arn
  task_definition = var.task_definition_arn
  desired_count   = var.count_at_first
  launch_type     = "FARGATE"
  propagate_tags  = "SERVICE"
  # A task that starts has this long before the load balancer's opinion counts.
  health_check_grace_period_seconds = 60

  deployment_controller {
    type = "CODE_DEPLOY"
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [var.security_group_id]
    assign_public_ip = false
  }

  service_registries {
    registry_arn = aws_service_discovery_service.this.arn
  }

  load_balancer {
    target_group_arn = var.target_group_arn
    container_name   = var.container
    container_port   = var.port
  }

  lifecycle {
    # These are CodeDeploy's, and the number autoscaling's.
    ignore_changes = [task_definition, load_balancer, desired_count]
  }
}

resource "aws_ecs_service" "rolling" {
  count                              = local.blue_green ? 0 : 1
  name                               = var.name
  cluster                            = var.cluster_arn
  task_definition                    = var.task_definition_arn
  desired_count                      = var.count_at_first
  propagate_tags                     = "SERVICE"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  # The first task is never taken away.
  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 1
    weight            = 100 - var.spot_share
  }

  capacity_provider_strategy {
    capacity_provider = "FARGATE_SPOT"
    weight            = var.spot_share
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [var.security_group_id]
    assign_public_ip = false
  }

  service_registries {
    registry_arn = aws_service_discovery_service.this.arn
  }

  lifecycle {
    # A release's, and autoscaling's.
    ignore_changes = [task_definition, desired_count]
  }
}
