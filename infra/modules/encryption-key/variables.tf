variable "name" {
  description = "The key's alias, without \"alias/\"."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9/-]{0,60}$", var.name)) && !startswith(var.name, "aws")
    error_message = "A key's name is 1 to 61 of a-z, 0-9, / and -, begins with a letter, and not with \"aws\"."
  }
}

variable "description" {
  description = "What is encrypted with it."
  type        = string
}

variable "users" {
  description = "ARNs of the roles that encrypt and decrypt with it themselves."
  type        = list(string)
  default     = []

  validation {
    condition     = !anytrue([for user in var.users : user == "*"])
    error_message = "Name the roles that use the key: \"*\" would admit everybody."
  }
}

variable "services" {
  description = "AWS services that use it for themselves: by their principal, the conditions under which they may (operator, key, values)."
  type        = map(list(object({ operator = string, key = string, values = list(string) })))
  default     = {}
}

variable "through" {
  description = "Services, such as \"rds\", through which principals of this account may use it, as far as their own policies let them."
  type        = list(string)
  default     = []
}
