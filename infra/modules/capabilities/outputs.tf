output "policy" {
  description = "The policy document, as JSON."
  value       = local.policy
}
