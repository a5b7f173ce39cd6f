# Metrics made of log lines.

resource "aws_cloudwatch_log_metric_filter" "errors" {
  for_each       = local.log_groups
  name           = "${var.name}-${each.key}-errors"
  log_group_name = each.value
  pattern        = "{ $.level = \"ERROR\" }"

  metric_transformation {
    namespace     = "${var.name}/logs"
    name          = "${each.key}-errors"
    value         = "1"
    default_value = "0"
  }
}

# Not a line of the program's own log, but what Rust writes when it gives up.
resource "aws_cloudwatch_log_metric_filter" "panics" {
  for_each       = local.log_groups
  name           = "${var.name}-${each.key}-panics"
  log_group_name = each.value
  pattern        = "\"panicked at\""

  metric_transformation {
    namespace     = "${var.name}/logs"
    name          = "panics"
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "panics" {
  alarm_name          = "${var.name}-panics"
  alarm_description   = "A program gave up on something that cannot be. The log has the place."
  namespace           = "${var.name}/logs"
  metric_name         = "panics"
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
  depends_on          = [aws_cloudwatch_log_metric_filter.panics]
}
