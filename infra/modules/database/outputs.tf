output "name" {
  description = "The instance's name, as CloudWatch calls it."
  value       = var.name
}

output "arn" {
  description = "The instance's ARN."
  value       = aws_db_instance.this.arn
}

output "url" {
  description = "What TINTYPE_CATALOG_URL is set to: without a password."
  value       = "mysql://${local.user}@${aws_db_instance.this.address}:${local.port}/${local.schema}"
}

output "password_secret_arn" {
  description = "The secret that RDS keeps the password in."
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}
