locals {
  region = data.aws_region.this.name

  # Each row: title, region, kind of view, metrics. In the order in which an operator looks.
  widgets = [
    { title = "Requests", region = local.region, unit = "Sum", metrics = [for name in sort(keys(var.services)) : [
      { expression = "SUM(METRICS(\"${name}\"))", label = name, id = "sum_${name}" }
      ]], hidden = [for name in sort(keys(var.services)) : [for id, group in local.groups[name] :
      ["AWS/ApplicationELB", "RequestCount", "TargetGroup", group, "LoadBalancer", var.load_balancer, { id = "${name}_${id}", visible = false, stat = "Sum" }]
    ]] },
    { title = "Errors (5xx)", region = local.region, unit = "Sum", metrics = [for name in sort(keys(var.services)) : [
      { expression = "SUM(METRICS(\"${name}\"))", label = name, id = "sum_${name}" }
      ]], hidden = [for name in sort(keys(var.services)) : [for id, group in local.groups[name] :
      ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "TargetGroup", group, "LoadBalancer", var.load_balancer, { id = "${name}_${id}", visible = false, stat = "Sum" }]
    ]] },
    { title = "Latency, p99 (s)", region = local.region, unit = "p99", metrics = [for name in sort(keys(var.services)) : [
      { expression = "MAX(METRICS(\"${name}\"))", label = name, id = "max_${name}" }
      ]], hidden = [for name in sort(keys(var.services)) : [for id, group in local.groups[name] :
      ["AWS/ApplicationELB", "TargetResponseTime", "TargetGroup", group, "LoadBalancer", var.load_balancer, { id = "${name}_${id}", visible = false, stat = "p99" }]
    ]] },
    { title = "Queue: age of the oldest job (s), jobs waiting, dead letters", region = local.region, unit = "Maximum", hidden = [], metrics = [
      ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", var.queue.name],
      ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.queue.name],
      ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.queue.dead_name],
    ] },
    { title = "Renders", region = local.region, unit = "Sum", hidden = [], metrics = [
      [{ expression = "SEARCH('Namespace=\"Tintype\" MetricName=\"tintype.render.duration\"', 'SampleCount', 60)", label = "", id = "renders" }],
    ] },
    { title = "Cache hit ratio (%)", region = "us-east-1", unit = "Average", hidden = [], metrics = [
      ["AWS/CloudFront", "CacheHitRate", "Region", "Global", "DistributionId", var.edge.distribution_id],
    ] },
    { title = "Edge: requests, and refused by the firewall", region = "us-east-1", unit = "Sum", hidden = [], metrics = [
      ["AWS/CloudFront", "Requests", "Region", "Global", "DistributionId", var.edge.distribution_id],
      ["AWS/WAFV2", "BlockedRequests", "WebACL", var.edge.firewall, "Rule", "ALL"],
    ] },
    { title = "Tasks", region = local.region, unit = "Average", hidden = [], metrics = [
      for service in concat(values(var.services)[*].service, values(var.workers)[*].service) :
      ["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", var.cluster, "ServiceName", service]
    ] },
    { title = "CPU of the tasks (%)", region = local.region, unit = "Average", hidden = [], metrics = [
      for service in concat(values(var.services)[*].service, values(var.workers)[*].service) :
      ["AWS/ECS", "CPUUtilization", "ClusterName", var.cluster, "ServiceName", service]
    ] },
    { title = "Database: CPU (%), connections", region = local.region, unit = "Average", hidden = [], metrics = [
      ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.database.name],
      ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", var.database.name],
    ] },
    { title = "Database: latency (s)", region = local.region, unit = "Average", hidden = [], metrics = [
      ["AWS/RDS", "ReadLatency", "DBInstanceIdentifier", var.database.name],
      ["AWS/RDS", "WriteLatency", "DBInstanceIdentifier", var.database.name],
    ] },
    { title = "Cost this month (USD, whole account)", region = "us-east-1", unit = "Maximum", hidden = [], metrics = [
      ["AWS/Billing", "EstimatedCharges", "Currency", "USD"],
    ] },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type       = "alarm", x = 0, y = 0, width = 24, height = 3
        properties = { title = "Alarms", alarms = [aws_cloudwatch_composite_alarm.this.arn] }
      }],
      [for i, widget in local.widgets : {
        type = "metric", x = (i % 3) * 8, y = 3 + floor(i / 3) * 6, width = 8, height = 6
        properties = {
          title   = widget.title
          view    = "timeSeries"
          region  = widget.region
          stat    = widget.unit
          period  = 60
          metrics = concat(widget.metrics, flatten([for metrics in widget.hidden : [for metric in metrics : { all = metric }]])[*].all)
        }
      }],
    )
  })
}
