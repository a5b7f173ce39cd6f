# What is yours, and not the environment's: set in own.auto.tfvars, which stays out of the repository.

variable "region" {
  description = "The region."
  type        = string
  default     = "eu-west-1"
}

variable "domain_name" {
  description = "The name that people open."
  type        = string
}

variable "zone_id" {
  description = "The Route 53 zone that it is in; null: one is made for it."
  type        = string
  default     = null
}

variable "alarm_emails" {
  description = "Who is written to when something is wrong."
  type        = set(string)
  default     = []
}

variable "release" {
  description = "Which release runs: the tag of the images."
  type        = string
}

variable "permissions_boundary" {
  description = "The ARN of the policy that bounds every role (bootstrap's output); null: none."
  type        = string
  default     = null
}

variable "protect" {
  description = "Whether what holds data refuses to be destroyed. To tear down: apply with false, then destroy."
  type        = bool
  default     = true
}
