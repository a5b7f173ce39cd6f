variable "name" {
  description = "What names begin with."
  type        = string
}

variable "monthly_usd" {
  description = "What a month may cost."
  type        = number

  validation {
    condition     = var.monthly_usd > 0
    error_message = "Say what a month may cost, in US dollars."
  }
}

variable "tag" {
  description = "The tag by which costs are this environment's. It must be activated as a cost allocation tag once for the account."
  type        = object({ key = string, value = string })
}

variable "topic_arn" {
  description = "Where it is told."
  type        = string
}

variable "anomaly_usd" {
  description = "From which unexpected cost on somebody is told."
  type        = number
}
