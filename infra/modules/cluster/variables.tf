variable "name" {
  description = "The cluster's name."
  type        = string
}

variable "vpc_id" {
  description = "The VPC in which services find each other by name."
  type        = string
}

variable "namespace" {
  description = "The private domain of the services, such as \"tintype.internal\"."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.namespace)) && !endswith(var.namespace, ".local")
    error_message = "A domain of two labels or more, and none in .local, which belongs to multicast DNS."
  }
}
