variable "name" {
  description = "What names begin with."
  type        = string
}

variable "cidr" {
  description = "The addresses of the VPC: a /16."
  type        = string

  validation {
    condition     = can(cidrnetmask(var.cidr)) && endswith(var.cidr, "/16")
    error_message = "The VPC takes an IPv4 block of 16 bits, such as 10.20.0.0/16."
  }
}

variable "zones" {
  description = "In how many availability zones."
  type        = number

  validation {
    condition     = contains([2, 3], var.zones)
    error_message = "Two or three zones: one is no redundancy, and the plan of addresses has room for three."
  }
}

variable "nat" {
  description = "How private subnets reach the internet: \"none\", a \"single\" gateway, or one \"per-zone\"."
  type        = string

  validation {
    condition     = contains(["none", "single", "per-zone"], var.nat)
    error_message = "nat is none, single or per-zone."
  }
}

variable "interface_endpoints" {
  description = "AWS services to reach without leaving the VPC, such as \"ecr.api\"."
  type        = set(string)
  default     = []

  # Without them no task starts: images, their logs and their secrets come from there.
  validation {
    condition = var.nat != "none" || length(setsubtract(
      ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs", "sns", "xray", "monitoring"], var.interface_endpoints
    )) == 0
    error_message = "Without NAT the tasks need the endpoints ecr.api, ecr.dkr, logs, secretsmanager, sqs, sns, xray and monitoring."
  }
}

variable "flow_log" {
  description = "How long records of rejected connections are kept, and the key they are encrypted with."
  type        = object({ retention_days = number, key_arn = string })
}

variable "permissions_boundary" {
  description = "The ARN of a policy that bounds the roles that are made here; null: none."
  type        = string
  default     = null
}
