# How many tasks of a service run.
#
# Owns: the bounds, and what adds and removes tasks. Refuses: to scale by a target group alone, which is idle after the next
# release; whatever asks for the most tasks wins, and tasks are removed when nothing wants them.

locals {
  running = {
    namespace  = "ECS/ContainerInsights"
    name       = "RunningTaskCount"
    stat       = "Average"
    dimensions = { ClusterName = var.cluster, ServiceName = var.service }
  }
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.cluster}/${var.service}"
  min_capacity       = var.tasks.min
  max_capacity       = var.tasks.max
}

resource "aws_appautoscaling_policy" "utilisation" {
  for_each = {
    cpu    = { metric = "ECSServiceAverageCPUUtilization", percent = var.cpu_percent }
    memory = { metric = "ECSServiceAverageMemoryUtilization", percent = var.memory_percent }
  }

  name               = "${var.service}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.percent
    scale_out_cooldown = 30
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
    }
  }
}

resource "aws_appautoscaling_policy" "requests" {
  for_each           = var.requests
  name               = "${var.service}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.per_task
    scale_out_cooldown = 30
    scale_in_cooldown  = 300

    customized_metric_specification {
      metrics {
        id          = "per_task"
        label       = "Requests a minute for each task"
        expression  = "(FILL(requests1, 0) + FILL(requests2, 0)) / IF(FILL(tasks, 1) < 1, 1, FILL(tasks, 1))"
        return_data = true
      }

      dynamic "metrics" {
        for_each = each.value.target_groups

        content {
          id          = "requests${metrics.key + 1}"
          return_data = false

          metric_stat {
            stat = "Sum"

            metric {
              namespace   = "AWS/ApplicationELB"
              metric_name = "RequestCount"

              dimensions {
                name  = "LoadBalancer"
                value = each.value.load_balancer
              }

              dimensions {
                name  = "TargetGroup"
                value = metrics.value
              }
            }
          }
        }
      }

      metrics {
        id          = "tasks"
        return_data = false

        metric_stat {
          stat = local.running.stat

          metric {
            namespace   = local.running.namespace
            metric_name = local.running.name

            dynamic "dimensions" {
              for_each = local.running.dimensions

              content {
                name  = dimensions.key
                value = dimensions.value
              }
            }
          }
        }
      }
    }
  }
}

resource "aws_appautoscaling_policy" "backlog" {
  for_each           = var.backlog
  name               = "${var.service}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.per_task
    scale_out_cooldown = 30
    # A worker that is taken away gives its job back, and somebody waits twice: not in a hurry.
    scale_in_cooldown = 600

    customized_metric_specification {
      metrics {
        id          = "per_task"
        label       = "Waiting jobs for each task"
        expression  = "waiting / IF(FILL(tasks, 1) < 1, 1, FILL(tasks, 1))"
        return_data = true
      }

      metrics {
        id          = "waiting"
        return_data = false

        metric_stat {
          stat = "Average"

          metric {
            namespace   = "AWS/SQS"
            metric_name = "ApproximateNumberOfMessagesVisible"

            dimensions {
              name  = "QueueName"
              value = each.value.queue
            }
          }
        }
      }

      metrics {
        id          = "tasks"
        return_data = false

        metric_stat {
          stat = local.running.stat

          metric {
            namespace   = local.running.namespace
            metric_name = local.running.name

            dynamic "dimensions" {
              for_each = local.running.dimensions

              content {
                name  = dimensions.key
                value = dimensions.value
              }
            }
          }
        }
      }
    }
  }
}

resource "aws_appautoscaling_scheduled_action" "this" {
  for_each = var.sleep == null ? {} : {
    sleep = { schedule = var.sleep.from, min = 0, max = 0 }
    wake  = { schedule = var.sleep.until, min = var.tasks.min, max = var.tasks.max }
  }

  name               = "${var.service}-${each.key}"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id
  schedule           = each.value.schedule
  timezone           = var.sleep.timezone

  scalable_target_action {
    min_capacity = each.value.min
    max_capacity = each.value.max
  }
}
