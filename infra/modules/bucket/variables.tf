variable "name" {
  description = "The bucket's name, unique in the world."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "A bucket's name is 3 to 63 of a-z, 0-9 and -."
  }
}

variable "key_arn" {
  description = "The KMS key that objects are encrypted with; null: S3's own."
  type        = string
  default     = null
}

variable "versioning" {
  description = "Whether what is overwritten or deleted can be brought back."
  type        = bool
  default     = false
}

variable "force_destroy" {
  description = "Whether the bucket may be destroyed with what is in it."
  type        = bool
  default     = false
}

variable "lifecycle_rules" {
  description = "What ends when, by the rule's name. Uploads in parts that nobody finished end in every bucket."
  type = map(object({
    prefix                 = optional(string, "")
    expire_days            = optional(number)
    expire_noncurrent_days = optional(number)
    infrequent_days        = optional(number)
  }))
  default = {}
}

variable "abort_multipart_days" {
  description = "After how many days an upload in parts is given up."
  type        = number
  default     = 2

  validation {
    condition     = var.abort_multipart_days >= 1
    error_message = "S3 counts in whole days, from 1."
  }
}

variable "cors_origins" {
  description = "The origins whose pages may put objects into it from a browser."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.cors_origins : can(regex("^https?://[^*/]+$", origin))])
    error_message = "Name each origin in full, such as https://pictures.example.org: a wildcard would let any page upload."
  }
}

variable "access_log_bucket" {
  description = "The bucket that records who read and wrote; null: none does."
  type        = string
  default     = null
}

variable "logs" {
  description = "Whether AWS services write their logs into it, by access control lists, too."
  type        = bool
  default     = false
}

variable "statements" {
  description = "Statements of the bucket's policy beyond those against plain HTTP and old TLS."
  type        = any
  default     = []
}
