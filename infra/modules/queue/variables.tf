variable "name" {
  description = "The queue's name; the dead-letter queue's ends with \"-dead\"."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,75}$", var.name))
    error_message = "A queue's name is 1 to 75 of letters, digits, - and _: \"-dead\" has to fit behind it."
  }
}

variable "key_arn" {
  description = "The KMS key that messages are encrypted with."
  type        = string
}

variable "visibility_timeout_s" {
  description = "How long a message that was received is hidden from others. Workers extend it while they live."
  type        = number
  default     = 60

  validation {
    condition     = var.visibility_timeout_s >= 60 && var.visibility_timeout_s <= 43200
    error_message = "From 60 seconds, so that a worker that extends it late does not lose its job, to 12 hours, which is SQS's limit."
  }
}

variable "max_receives" {
  description = "How often a message is received before SQS itself buries it. Workers bury earlier (worker.max_attempts)."
  type        = number
  default     = 12

  validation {
    condition     = var.max_receives >= 10
    error_message = "From 10: the worker gives up after 5 to 8 attempts and says why; SQS, which cannot, is the net beneath."
  }
}
