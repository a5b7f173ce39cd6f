variable "name" {
  description = "The service's name."
  type        = string
}

variable "cluster_arn" {
  description = "The cluster."
  type        = string
}

variable "namespace_id" {
  description = "The Cloud Map namespace."
  type        = string
}

variable "discovery_name" {
  description = "By which name, in the namespace, others find its tasks."
  type        = string
}

variable "task_definition_arn" {
  description = "The task definition that it is made with. Later ones come by a release."
  type        = string
}

variable "container" {
  description = "The container that listens."
  type        = string
}

variable "port" {
  description = "Where it listens."
  type        = number
}

variable "count_at_first" {
  description = "How many tasks it is made with. From then on autoscaling decides."
  type        = number
}

variable "security_group_id" {
  description = "The security group of its tasks."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "deployment" {
  description = "\"blue-green\": CodeDeploy moves requests to the next release; \"rolling\": ECS replaces tasks one by one, also on Spot."
  type        = string

  validation {
    condition     = contains(["blue-green", "rolling"], var.deployment)
    error_message = "deployment is blue-green or rolling."
  }
}

variable "target_group_arn" {
  description = "The target group that it is made behind; null where nobody comes through the load balancer."
  type        = string
  default     = null
}

variable "spot_share" {
  description = "Of every 100 tasks beyond the first, how many run on Spot. For rolling services alone: CodeDeploy forgets it."
  type        = number
  default     = 0

  validation {
    condition     = var.spot_share >= 0 && var.spot_share <= 100 && (var.spot_share == 0 || var.deployment == "rolling")
    error_message = "0 to 100, and 0 for a blue-green service: CodeDeploy drops capacity providers."
  }
}
