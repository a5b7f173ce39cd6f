output "definition_arn" {
  description = "The task definition, with its revision."
  value       = aws_ecs_task_definition.this.arn
}

output "family" {
  description = "The family of the task definitions."
  value       = aws_ecs_task_definition.this.family
}

output "container" {
  description = "The name of the program's container."
  value       = var.role
}

output "log_group" {
  description = "The log group of the program."
  value       = aws_cloudwatch_log_group.program.name
}

output "metrics_log_group_arn" {
  description = "The log group that the collector writes metrics to."
  value       = aws_cloudwatch_log_group.metrics.arn
}

output "execution_role_arn" {
  description = "The role that starts the task."
  value       = module.execution.arn
}
