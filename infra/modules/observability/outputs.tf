output "release_alarms" {
  description = "Each service's alarms that take a release back."
  value = { for name in keys(var.services) : name => [
    aws_cloudwatch_metric_alarm.errors[name].alarm_name,
    aws_cloudwatch_metric_alarm.slow[name].alarm_name,
  ] }
}

output "dashboard_url" {
  description = "The dashboard."
  value       = "https://${data.aws_region.this.name}.console.aws.amazon.com/cloudwatch/home?region=${data.aws_region.this.name}#dashboards:name=${aws_cloudwatch_dashboard.this.dashboard_name}"
}

output "alarm_rule" {
  description = "When the composite alarm rings."
  value       = aws_cloudwatch_composite_alarm.this.alarm_rule
}
