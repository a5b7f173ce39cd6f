variable "name" {
  description = "What names begin with."
  type        = string
}

variable "key_arn" {
  description = "The KMS key of the vault."
  type        = string
}

variable "resource_arns" {
  description = "What is backed up: databases, and buckets with versions."
  type        = list(string)

  validation {
    condition     = length(var.resource_arns) > 0
    error_message = "Name what to back up: a plan without resources looks like a backup and is none."
  }
}

variable "data_key_arns" {
  description = "The KMS keys of what is backed up."
  type        = list(string)
}

variable "keep_days" {
  description = "How long daily and monthly backups are kept."
  type        = object({ daily = number, monthly = number })

  validation {
    condition     = var.keep_days.daily >= 7 && var.keep_days.monthly >= 30
    error_message = "Daily backups for a week at least, monthly ones for a month."
  }
}

variable "lock" {
  description = "Whether nobody, the account's root included, can delete a backup before its time."
  type        = bool
}

variable "protect" {
  description = "Whether the vault may be destroyed only when it is empty."
  type        = bool
}

variable "permissions_boundary" {
  description = "The ARN of a policy that bounds the roles that are made here; null: none."
  type        = string
  default     = null
}
