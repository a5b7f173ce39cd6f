output "name" {
  description = "The cluster's name: known once its capacity providers are there."
  value       = aws_ecs_cluster_capacity_providers.this.cluster_name
}

output "arn" {
  description = "The cluster's ARN."
  value       = aws_ecs_cluster.this.arn
}

output "namespace_id" {
  description = "The Cloud Map namespace."
  value       = aws_service_discovery_private_dns_namespace.this.id
}
