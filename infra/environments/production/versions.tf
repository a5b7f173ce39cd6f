terraform {
  required_version = ">= 1.11"

  # Where the state is: bootstrap's bucket, given by -backend-config=backend.hcl.
  backend "s3" {}

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}
