output "arn" {
  description = "The load balancer's ARN."
  value       = aws_lb.this.arn
}

output "arn_suffix" {
  description = "The load balancer, as CloudWatch calls it."
  value       = aws_lb.this.arn_suffix
}

output "domain_name" {
  description = "Its own name, which its certificate bears."
  value       = aws_route53_record.this.fqdn
}

output "listener_arns" {
  description = "The listeners \"live\" and \"test\": known once their rules are there, since a service can only be made behind a rule."
  value       = { for name, listener in aws_lb_listener.this : name => listener.arn }
  depends_on  = [aws_lb_listener_rule.this]
}

output "target_groups" {
  description = "Each service's pair: ARNs, names, and what CloudWatch calls them. Known once requests come to them."
  value = { for name in keys(var.services) : name => [for i in ["1", "2"] : {
    arn        = aws_lb_target_group.this["${name}-${i}"].arn
    name       = aws_lb_target_group.this["${name}-${i}"].name
    arn_suffix = aws_lb_target_group.this["${name}-${i}"].arn_suffix
  }] }
  depends_on = [aws_lb_listener_rule.this]
}
