output "policy_arns" {
  description = "What adds and removes tasks, by name."
  value = merge(
    { for name, policy in aws_appautoscaling_policy.utilisation : name => policy.arn },
    { for name, policy in aws_appautoscaling_policy.requests : name => policy.arn },
    { for name, policy in aws_appautoscaling_policy.backlog : name => policy.arn },
  )
}
