# The provider given here must be one of us-east-1: CloudFront takes certificates, web ACLs and their logs from there alone.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}
