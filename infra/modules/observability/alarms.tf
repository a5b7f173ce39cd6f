locals {
  # Too large a part of the answers is a 5xx of the service itself; under ten requests a minute one failure is no trend.
  error_expressions = {
    failed   = "FILL(failed_g1, 0) + FILL(failed_g2, 0)"
    requests = "FILL(requests_g1, 0) + FILL(requests_g2, 0)"
    percent  = "IF(requests >= 10, 100 * failed / requests, 0)"
  }

  # One metric, one threshold.
  plain_alarms = merge(
    {
      balancer-errors = {
        description = "The load balancer itself answers 5xx: no service takes the request."
        namespace   = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", stat = "Sum"
        dimensions  = { LoadBalancer = var.load_balancer }
        above       = true, threshold = 10, minutes = 3, severe = true, missing = "notBreaching"
      }
      queue-age = {
        description = "The oldest job has waited for ten minutes: workers are too few, or hang."
        namespace   = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", stat = "Maximum"
        dimensions  = { QueueName = var.queue.name }
        above       = true, threshold = 600, minutes = 3, severe = true, missing = "notBreaching"
      }
      dead-letters = {
        description = "A job was given up. Its reason stands in its message and in the library's upkeep."
        namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", stat = "Maximum"
        dimensions  = { QueueName = var.queue.dead_name }
        above       = true, threshold = 0, minutes = 1, severe = false, missing = "notBreaching"
      }
      database-cpu = {
        description = "The database has been above 85 % of its CPU for ten minutes."
        namespace   = "AWS/RDS", metric = "CPUUtilization", stat = "Average"
        dimensions  = { DBInstanceIdentifier = var.database.name }
        above       = true, threshold = 85, minutes = 10, severe = true, missing = "breaching"
      }
      database-storage = {
        description = "The database's storage is nearly full, and did not grow by itself."
        namespace   = "AWS/RDS", metric = "FreeStorageSpace", stat = "Minimum"
        dimensions  = { DBInstanceIdentifier = var.database.name }
        above       = false, threshold = var.database.low_storage_gib * 1073741824, minutes = 5, severe = true, missing = "breaching"
      }
      database-memory = {
        description = "The database has less than 128 MiB of memory left, and begins to swap."
        namespace   = "AWS/RDS", metric = "FreeableMemory", stat = "Minimum"
        dimensions  = { DBInstanceIdentifier = var.database.name }
        above       = false, threshold = 134217728, minutes = 10, severe = false, missing = "breaching"
      }
    },
    { for name, worker in var.workers : "${name}-gone" => {
      description = "No ${name} runs: jobs wait."
      namespace   = "ECS/ContainerInsights", metric = "RunningTaskCount", stat = "Minimum"
      dimensions  = { ClusterName = var.cluster, ServiceName = worker.service }
      above       = false, threshold = 1, minutes = 5, severe = true, missing = "breaching"
    } },
    { for name in keys(local.log_groups) : "${name}-log-errors" => {
      description = "${name} has logged five errors a minute, or more, for five minutes."
      namespace   = "${var.name}/logs", metric = "${name}-errors", stat = "Sum"
      dimensions  = {}
      above       = true, threshold = 4, minutes = 5, severe = false, missing = "notBreaching"
    } },
  )

  severe = concat(
    [for name, alarm in local.plain_alarms : "${var.name}-${name}" if alarm.severe],
    [for name in keys(var.services) : "${var.name}-${name}-errors"],
    [for name in keys(var.services) : "${var.name}-${name}-slow"],
    [for name in keys(var.services) : "${var.name}-${name}-unhealthy"],
  )
}

resource "aws_cloudwatch_metric_alarm" "plain" {
  for_each            = local.plain_alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.stat
  dimensions          = each.value.dimensions
  comparison_operator = each.value.above ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.minutes
  datapoints_to_alarm = each.value.minutes
  treat_missing_data  = each.value.missing
  # What is severe is told by the composite alarm, once for all that fail together.
  alarm_actions = each.value.severe ? [] : [var.topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  for_each            = var.services
  alarm_name          = "${var.name}-${each.key}-errors"
  alarm_description   = "More than ${var.error_percent} % of ${each.key}'s answers are 5xx. A release is taken back for it."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.error_percent
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"

  dynamic "metric_query" {
    for_each = local.error_expressions

    content {
      id          = metric_query.key
      expression  = metric_query.value
      label       = metric_query.key
      return_data = metric_query.key == "percent"
    }
  }

  dynamic "metric_query" {
    for_each = merge([for id, group in local.groups[each.key] : {
      "failed_${id}"   = { metric = "HTTPCode_Target_5XX_Count", group = group }
      "requests_${id}" = { metric = "RequestCount", group = group }
    }]...)

    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value.metric
        stat        = "Sum"
        period      = 60
        dimensions  = { LoadBalancer = var.load_balancer, TargetGroup = metric_query.value.group }
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "slow" {
  for_each            = var.services
  alarm_name          = "${var.name}-${each.key}-slow"
  alarm_description   = "One in a hundred answers of ${each.key} takes longer than ${each.value.slow_s} s. A release is taken back for it."
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.slow_s
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "slowest"
    expression  = "MAX([FILL(time_g1, 0), FILL(time_g2, 0)])"
    label       = "p99 of the slower group"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.groups[each.key]

    content {
      id          = "time_${metric_query.key}"
      return_data = false

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = "TargetResponseTime"
        stat        = "p99"
        period      = 60
        dimensions  = { LoadBalancer = var.load_balancer, TargetGroup = metric_query.value }
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "unhealthy" {
  for_each            = var.services
  alarm_name          = "${var.name}-${each.key}-unhealthy"
  alarm_description   = "No healthy task of ${each.key} is behind the load balancer."
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  treat_missing_data  = "breaching"

  metric_query {
    id          = "healthy"
    expression  = "FILL(healthy_g1, 0) + FILL(healthy_g2, 0)"
    label       = "Healthy tasks"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.groups[each.key]

    content {
      id          = "healthy_${metric_query.key}"
      return_data = false

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = "HealthyHostCount"
        stat        = "Minimum"
        period      = 60
        dimensions  = { LoadBalancer = var.load_balancer, TargetGroup = metric_query.value }
      }
    }
  }
}

# Nobody wants any task. Only the schedule of an environment that sleeps does that.
resource "aws_cloudwatch_metric_alarm" "asleep" {
  alarm_name          = "${var.name}-asleep"
  alarm_description   = "The environment sleeps. Tells nobody: it keeps others silent."
  namespace           = "ECS/ContainerInsights"
  metric_name         = "DesiredTaskCount"
  statistic           = "Maximum"
  dimensions          = { ClusterName = var.cluster, ServiceName = values(var.services)[0].service }
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
}

# The one that is worth waking somebody.
resource "aws_cloudwatch_composite_alarm" "this" {
  alarm_name        = "${var.name}-unwell"
  alarm_description = "Something that people notice is wrong. The alarms below say what; infra/README.md says what to do."
  alarm_rule = format(
    var.sleeps ? "(%s) AND NOT ALARM(\"${aws_cloudwatch_metric_alarm.asleep.alarm_name}\")" : "%s",
    join(" OR ", [for name in sort(local.severe) : "ALARM(\"${name}\")"]),
  )
  alarm_actions = [var.topic_arn]
  ok_actions    = [var.topic_arn]

  # It names them, and refuses to be made before they are there.
  depends_on = [
    aws_cloudwatch_metric_alarm.plain, aws_cloudwatch_metric_alarm.errors, aws_cloudwatch_metric_alarm.slow,
    aws_cloudwatch_metric_alarm.unhealthy,
  ]
}
