variable "name" {
  description = "The secret's name."
  type        = string
}

variable "description" {
  description = "What it is for, and who changes it."
  type        = string
}

variable "key_arn" {
  description = "The KMS key that it is encrypted with."
  type        = string
}

variable "value" {
  description = "What is written, once for each generation. Never in state or plan."
  type        = string
  ephemeral   = true
}

variable "generation" {
  description = "Raise it to write the value anew; what people change in Secrets Manager in between stays."
  type        = number
  default     = 1
}

variable "recovery_days" {
  description = "How long a deleted secret can be brought back; 0: not at all."
  type        = number
  default     = 30

  validation {
    condition     = var.recovery_days == 0 || (var.recovery_days >= 7 && var.recovery_days <= 30)
    error_message = "Secrets Manager keeps a deleted secret for 7 to 30 days, or (0) not at all."
  }
}
