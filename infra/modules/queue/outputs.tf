output "name" {
  description = "The queue's name."
  value       = aws_sqs_queue.this.name
}

output "url" {
  description = "The queue's URL."
  value       = aws_sqs_queue.this.url
}

output "arn" {
  description = "The queue's ARN."
  value       = local.arn
}

output "dead_name" {
  description = "The dead-letter queue's name."
  value       = aws_sqs_queue.dead.name
}

output "dead_url" {
  description = "The dead-letter queue's URL."
  value       = aws_sqs_queue.dead.url
}

output "dead_arn" {
  description = "The dead-letter queue's ARN."
  value       = local.dead_arn
}
