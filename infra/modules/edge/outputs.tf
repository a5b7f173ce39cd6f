output "distribution_id" {
  description = "The distribution."
  value       = aws_cloudfront_distribution.this.id
}

output "distribution_arn" {
  description = "The distribution's ARN."
  value       = aws_cloudfront_distribution.this.arn
}

output "firewall_name" {
  description = "The firewall, as CloudWatch calls it."
  value       = aws_wafv2_web_acl.this.name
}

output "functions" {
  description = "The functions' names."
  value       = { delivery = aws_cloudfront_function.delivery.name }
}

output "error_page" {
  description = "The page for when nobody answers: its key in the static bucket, and its content."
  value       = { key = "errors/unavailable.html", content = file("${path.module}/pages/unavailable.html") }
}
