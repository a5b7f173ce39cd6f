output "ids" {
  description = "The security groups, by their names here."
  value       = { for name, group in aws_security_group.this : name => group.id }
}
