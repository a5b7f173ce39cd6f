variable "domain_name" {
  description = "The name that people open."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "A domain name in lower case, such as pictures.example.org."
  }
}

variable "zone_id" {
  description = "The hosted zone that domain_name is in; null: one is made for domain_name, and its parent has to delegate to it."
  type        = string
  default     = null
}
