variable "cluster" {
  description = "The cluster's name."
  type        = string
}

variable "service" {
  description = "The service's name."
  type        = string
}

variable "tasks" {
  description = "The fewest and the most tasks."
  type        = object({ min = number, max = number })

  validation {
    condition     = var.tasks.min >= 1 && var.tasks.max >= var.tasks.min
    error_message = "At least one task by day, and no fewer at most than at least. Sleep is for the schedule."
  }
}

variable "cpu_percent" {
  description = "Tasks are added above this use of CPU."
  type        = number
  default     = 60

  validation {
    condition     = var.cpu_percent >= 20 && var.cpu_percent <= 90
    error_message = "20 to 90 per cent: below, most is idle; above, there is no room while a task starts."
  }
}

variable "memory_percent" {
  description = "Tasks are added above this use of memory."
  type        = number
  default     = 75

  validation {
    condition     = var.memory_percent >= 20 && var.memory_percent <= 90
    error_message = "20 to 90 per cent."
  }
}

variable "requests" {
  description = "Tasks are added above so many requests a minute for each, counted over both target groups: after a release the other one is live. By name, so that there is none or one."
  type        = map(object({ per_task = number, load_balancer = string, target_groups = list(string) }))
  default     = {}
}

variable "backlog" {
  description = "Tasks are added above so many waiting jobs for each. By name, so that there is none or one."
  type        = map(object({ per_task = number, queue = string }))
  default     = {}
}

variable "sleep" {
  description = "From when to when there are no tasks, as cron expressions of a time zone; null: never."
  type        = object({ from = string, until = string, timezone = string })
  default     = null
}
