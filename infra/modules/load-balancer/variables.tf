variable "name" {
  description = "The load balancer's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "A name of 2 to 21 of a-z, 0-9 and -: target groups add \"-delivery-2\", and have 32 characters at most."
  }
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "vpc_cidr" {
  description = "The VPC's addresses: from there releases are tried before they are live."
  type        = string
}

variable "security_group_id" {
  description = "The security group that says which tasks it reaches."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets where it is internal, else public ones; in two zones or more."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "A load balancer stands in two zones at least."
  }
}

variable "internal" {
  description = "Whether it has private addresses alone, and CloudFront comes to it as a VPC origin."
  type        = bool
}

variable "origin_secret" {
  description = "What the header X-Origin-Secret must say, where it is not internal: other people's distributions come from the same addresses."
  type        = string
  sensitive   = true
  default     = null

  validation {
    condition     = var.internal || var.origin_secret != null
    error_message = "A public load balancer needs an origin secret: without it any CloudFront distribution could pass by the firewall."
  }
}

variable "certificate_arn" {
  description = "The certificate of domain_name."
  type        = string
}

variable "domain_name" {
  description = "Its own name, which its certificate bears: \"origin.\" before the public one."
  type        = string
}

variable "zone_id" {
  description = "The hosted zone of domain_name."
  type        = string
}

variable "services" {
  description = "Who gets which paths. A path that two take goes to the one with the lower priority."
  type = map(object({
    port     = number
    paths    = list(string)
    priority = number
    health   = optional(string, "/readyz")
  }))

  validation {
    condition     = length(distinct([for service in values(var.services) : service.priority])) == length(var.services)
    error_message = "Each service needs a priority of its own."
  }

  validation {
    condition     = anytrue([for service in values(var.services) : contains(service.paths, "/*")])
    error_message = "One service must take \"/*\": what no rule takes is refused."
  }
}

variable "log_bucket" {
  description = "The bucket for access logs; its policy admits the load balancer already."
  type        = string
}

variable "protect" {
  description = "Whether deleting is refused."
  type        = bool
}
