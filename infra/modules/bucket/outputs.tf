output "name" {
  description = "The bucket's name."
  value       = aws_s3_bucket.this.bucket
}

output "arn" {
  description = "The bucket's ARN."
  value       = local.arn
}

output "regional_domain_name" {
  description = "Where CloudFront reads it."
  value       = aws_s3_bucket.this.bucket_regional_domain_name
}

output "log_domain_name" {
  description = "Where CloudFront writes its logs: known once it may."
  value       = aws_s3_bucket.this.bucket_domain_name
  depends_on  = [aws_s3_bucket_acl.logs, aws_s3_bucket_policy.this]
}

output "log_bucket_name" {
  description = "Where a load balancer writes its logs: known once it may."
  value       = aws_s3_bucket.this.bucket
  depends_on  = [aws_s3_bucket_acl.logs, aws_s3_bucket_policy.this]
}
