variable "name" {
  description = "What names begin with."
  type        = string
}

variable "services" {
  description = "The services behind the load balancer: names, target groups, log groups, and what is too slow."
  type = map(object({
    service       = string
    target_groups = list(string)
    log_group     = string
    slow_s        = number
  }))
}

variable "workers" {
  description = "The services without requests: names and log groups."
  type        = map(object({ service = string, log_group = string }))
}

variable "cluster" {
  description = "The cluster's name."
  type        = string
}

variable "load_balancer" {
  description = "The load balancer, as CloudWatch calls it."
  type        = string
}

variable "queue" {
  description = "The queue's name and its dead-letter queue's."
  type        = object({ name = string, dead_name = string })
}

variable "database" {
  description = "The database's name, and how little free storage is too little."
  type        = object({ name = string, low_storage_gib = number })
}

variable "edge" {
  description = "The distribution, the firewall, and the public name."
  type        = object({ distribution_id = string, firewall = string, domain_name = string })
}

variable "topic_arn" {
  description = "Where alarms are told."
  type        = string
}

variable "edge_topic_arn" {
  description = "Where alarms of us-east-1 are told: CloudFront and Route 53 have their metrics there."
  type        = string
}

variable "error_percent" {
  description = "From which part of failing requests on a service is unwell."
  type        = number
  default     = 5

  validation {
    condition     = var.error_percent > 0 && var.error_percent <= 50
    error_message = "More than 0 and at most 50 per cent."
  }
}

variable "sleeps" {
  description = "Whether the environment sleeps at night: no tasks then are no fault."
  type        = bool
  default     = false
}

variable "sampling" {
  description = "Which part of the requests is traced, beyond one a second."
  type        = number
  default     = 0.05

  validation {
    condition     = var.sampling >= 0 && var.sampling <= 1
    error_message = "A part from 0 to 1."
  }
}
