output "vault" {
  description = "The vault."
  value       = aws_backup_vault.this.name
}

output "role_arn" {
  description = "The role that backs up and restores."
  value       = aws_iam_role.this.arn
}
