# What is seen from outside. CloudFront and Route 53 have their metrics, and so their alarms, in us-east-1.

# Asked from several continents, by the way that people come.
resource "aws_route53_health_check" "readyz" {
  reference_name    = "readyz" # 27 characters at most
  type              = "HTTPS"
  fqdn              = var.edge.domain_name
  port              = 443
  resource_path     = "/readyz"
  enable_sni        = true
  measure_latency   = true
  request_interval  = 30
  failure_threshold = 3
  tags              = { Name = "${var.name}-readyz" }
}

resource "aws_cloudwatch_metric_alarm" "readyz" {
  provider            = aws.us_east_1
  alarm_name          = "${var.name}-readyz"
  alarm_description   = "https://${var.edge.domain_name}/readyz does not answer 200 from most places of the world."
  namespace           = "AWS/Route53"
  metric_name         = "HealthCheckStatus"
  statistic           = "Minimum"
  dimensions          = { HealthCheckId = aws_route53_health_check.readyz.id }
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 3
  treat_missing_data  = "breaching"
  # An environment that sleeps answers nobody at night.
  actions_enabled = !var.sleeps
  alarm_actions   = [var.edge_topic_arn]
  ok_actions      = [var.edge_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "edge_errors" {
  provider            = aws.us_east_1
  alarm_name          = "${var.name}-edge-errors"
  alarm_description   = "More than ${var.error_percent} % of what CloudFront answers is 5xx."
  namespace           = "AWS/CloudFront"
  metric_name         = "5xxErrorRate"
  statistic           = "Average"
  dimensions          = { DistributionId = var.edge.distribution_id, Region = "Global" }
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.error_percent
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  actions_enabled     = !var.sleeps
  alarm_actions       = [var.edge_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "blocked" {
  provider            = aws.us_east_1
  alarm_name          = "${var.name}-blocked"
  alarm_description   = "The firewall refuses a thousand requests a minute: an attack, or a rule that is wrong."
  namespace           = "AWS/WAFV2"
  metric_name         = "BlockedRequests"
  statistic           = "Sum"
  dimensions          = { WebACL = var.edge.firewall, Rule = "ALL" }
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1000
  period              = 60
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.edge_topic_arn]
}
