variable "name" {
  description = "The topic's name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,256}$", var.name))
    error_message = "A topic's name is 1 to 256 of letters, digits, - and _."
  }
}

variable "key_arn" {
  description = "The KMS key that messages are encrypted with. Services that publish must be admitted by its policy: AWS's own alias/aws/sns admits none."
  type        = string

  validation {
    condition     = !strcontains(var.key_arn, "alias/aws/")
    error_message = "CloudWatch, Budgets and CodeDeploy cannot publish to a topic under an AWS-managed key: give a key of your own."
  }
}

variable "services" {
  description = "AWS services that may publish to it, such as \"cloudwatch.amazonaws.com\". Roles may by their own policies."
  type        = set(string)
  default     = []
}

variable "emails" {
  description = "Who is written to; each has to confirm once."
  type        = set(string)
  default     = []
}
