output "arn" {
  description = "The topic's ARN: known once it is there."
  value       = aws_sns_topic.this.arn
}
