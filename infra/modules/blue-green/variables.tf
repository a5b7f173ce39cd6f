variable "name" {
  description = "What names begin with."
  type        = string
}

variable "cluster" {
  description = "The cluster's name."
  type        = string
}

variable "listener_arns" {
  description = "The load balancer's listeners: \"live\" and \"test\"."
  type        = object({ live = string, test = string })
}

variable "services" {
  description = "What is released this way: the service's name, its pair of target groups, and the alarms that take a release back."
  type = map(object({
    service       = string
    target_groups = list(string)
    alarms        = set(string)
  }))

  validation {
    condition     = alltrue([for service in values(var.services) : length(service.target_groups) == 2])
    error_message = "Blue/green takes a pair of target groups."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : length(service.alarms) > 0 && length(service.alarms) <= 10])
    error_message = "Give one to ten alarms, which is CodeDeploy's limit: a release that nothing can take back is not tried."
  }
}

variable "canary" {
  description = "How much of the traffic the next release gets first, and for how many minutes."
  type        = object({ percent = number, minutes = number })

  validation {
    condition     = var.canary.percent >= 1 && var.canary.percent <= 99 && var.canary.minutes >= 1
    error_message = "1 to 99 per cent for a minute or more."
  }
}

variable "approval_minutes" {
  description = "How long a release waits for somebody's approval, tried on the test listener alone, before it is given up; 0: it goes on by itself."
  type        = number

  validation {
    condition     = var.approval_minutes >= 0 && var.approval_minutes <= 2880
    error_message = "0 to 2880: CodeDeploy waits two days at most."
  }
}

variable "keep_minutes" {
  description = "How long the release before stays, to go back to at once."
  type        = number
}

variable "pass_role_arns" {
  description = "The roles of the tasks, which CodeDeploy hands to ECS."
  type        = list(string)
}

variable "topic_arn" {
  description = "Where it is told that a release failed or was taken back."
  type        = string
}

variable "permissions_boundary" {
  description = "The ARN of a policy that bounds the roles that are made here; null: none."
  type        = string
  default     = null
}
