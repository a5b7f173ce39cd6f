variable "name" {
  description = "The role's name."
  type        = string

  validation {
    condition     = length(var.name) <= 64
    error_message = "IAM's names of roles have 64 characters at most."
  }
}

variable "principal" {
  description = "The AWS service that acts as this role."
  type        = string
  default     = "ecs-tasks.amazonaws.com"
}

variable "permissions_boundary" {
  description = "The ARN of a policy that bounds whatever the role is given; null: none."
  type        = string
  default     = null
}
