variable "repositories" {
  description = "The repositories' names."
  type        = set(string)
}

variable "key_arn" {
  description = "The KMS key that images are encrypted with."
  type        = string
}

variable "keep" {
  description = "How many releases of each are kept: so many can be rolled back to."
  type        = number
  default     = 30

  validation {
    condition     = var.keep >= 5
    error_message = "Keep five releases or more, so that there is something to roll back to."
  }
}

variable "force_delete" {
  description = "Whether a repository may be destroyed with the images in it."
  type        = bool
}
