output "application" {
  description = "CodeDeploy's application."
  value       = aws_codedeploy_app.this.name
}

output "groups" {
  description = "The deployment group of each service."
  value       = { for name, group in aws_codedeploy_deployment_group.this : name => group.deployment_group_name }
}

output "role_arn" {
  description = "The role that CodeDeploy acts as."
  value       = aws_iam_role.this.arn
}
