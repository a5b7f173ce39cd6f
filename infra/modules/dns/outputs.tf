output "zone_id" {
  description = "The hosted zone."
  value       = local.zone_id
}

output "name_servers" {
  description = "What the parent zone has to delegate to, where the zone was made here."
  value       = flatten(aws_route53_zone.this[*].name_servers)
}

output "origin_name" {
  description = "The load balancer's name."
  value       = local.origin_name
}

output "edge_certificate_arn" {
  description = "CloudFront's certificate, once it is valid."
  value       = aws_acm_certificate_validation.edge.certificate_arn
}

output "origin_certificate_arn" {
  description = "The load balancer's certificate, once it is valid."
  value       = aws_acm_certificate_validation.origin.certificate_arn
}
