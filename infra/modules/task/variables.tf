variable "name" {
  description = "The family of the task definitions, and what names begin with."
  type        = string
}

variable "role" {
  description = "Which of Tintype's roles runs: its name stands in names, logs and traces."
  type        = string

  validation {
    condition     = contains(["web", "api", "delivery", "worker", "migrate"], var.role)
    error_message = "The roles are web, api, delivery, worker and migrate."
  }
}

variable "image" {
  description = "The image, with its tag."
  type        = string

  validation {
    condition     = !endswith(var.image, ":latest")
    error_message = "Name a release: what \"latest\" means tomorrow cannot be rolled back to."
  }
}

variable "cpu" {
  description = "In 1/1024 of a core."
  type        = number

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.cpu)
    error_message = "Fargate has 256, 512, 1024, 2048, 4096, 8192 and 16384."
  }
}

variable "memory_mib" {
  description = "Memory of the whole task."
  type        = number

  validation {
    condition     = var.memory_mib >= var.cpu * 2 && var.memory_mib <= var.cpu * 8
    error_message = "Fargate gives 2 to 8 MiB for each 1/1024 of a core: raise the one or lower the other."
  }
}

variable "environment" {
  description = "The configuration."
  type        = map(string)
}

variable "secrets" {
  description = "Configuration that is read from Secrets Manager at the start: the secret's ARN by the variable's name."
  type        = map(string)
  default     = {}
}

variable "secret_key_arns" {
  description = "The KMS keys that these secrets are encrypted with."
  type        = list(string)
  default     = []
}

variable "role_arn" {
  description = "The role that the program acts as."
  type        = string
}

variable "repository_arn" {
  description = "The repository of the image."
  type        = string
}

variable "listens" {
  description = "The port, for health as well; null where the task runs and ends."
  type        = number
  default     = 8080
}

variable "stop_timeout_s" {
  description = "How long after SIGTERM what is under way may go on: more than shutdown.unready_ms and shutdown.drain_ms together."
  type        = number
  default     = 60

  validation {
    condition     = var.stop_timeout_s >= 30 && var.stop_timeout_s <= 120
    error_message = "30 to 120 seconds: Fargate kills after two minutes whatever is asked for."
  }
}

variable "collector_image" {
  description = "The collector of traces and metrics that runs beside."
  type        = string
}

variable "log_group" {
  description = "Where logs go: the group's name, how long they are kept, and the key they are encrypted with."
  type        = object({ name = string, retention_days = number, key_arn = string })
}

variable "permissions_boundary" {
  description = "The ARN of a policy that bounds the roles that are made here; null: none."
  type        = string
  default     = null
}
