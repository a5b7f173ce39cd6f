variable "name" {
  description = "What every name begins with, such as \"tintype-staging\". Roles of bootstrap may make roles under \"tintype-\" alone."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "A name of 2 to 21 of a-z, 0-9 and -, beginning with a letter: buckets and target groups put more behind it."
  }
}

variable "environment" {
  description = "The value of the tag Environment, by which costs are told apart."
  type        = string
}

variable "domain_name" {
  description = "The name that people open, such as pictures.example.org."
  type        = string
}

variable "zone_id" {
  description = "The Route 53 zone that it is in; null: one is made for it."
  type        = string
  default     = null
}

variable "release" {
  description = "Which release runs: the tag of the images."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$", var.release)) && var.release != "latest"
    error_message = "A tag that means one image for ever, such as 0.4.1; not \"latest\"."
  }
}

variable "protect" {
  description = "Whether what holds data refuses to be destroyed."
  type        = bool
}

variable "network" {
  description = "Addresses, zones, the way out (none, single, per-zone), and AWS services to reach within the VPC."
  type = object({
    cidr                = string
    zones               = number
    nat                 = string
    interface_endpoints = optional(set(string), [])
  })
}

variable "database" {
  description = "What the catalog runs on."
  type = object({
    instance_class = string
    multi_az       = bool
    backup_days    = number
    storage_gib    = optional(object({ first = number, most = number }), { first = 20, most = 200 })
  })
}

variable "services" {
  description = "The size of each service's tasks, and how many there are."
  type = object({
    web      = object({ cpu = number, memory_mib = number, tasks = object({ min = number, max = number }) })
    api      = object({ cpu = number, memory_mib = number, tasks = object({ min = number, max = number }) })
    delivery = object({ cpu = number, memory_mib = number, tasks = object({ min = number, max = number }) })
    worker   = object({ cpu = number, memory_mib = number, tasks = object({ min = number, max = number }) })
  })

  # One picture may take limits.decode_memory_mib (1 GiB), and delivery's renders together render_memory_mib (1 GiB).
  validation {
    condition     = var.services.delivery.memory_mib >= 2048 && var.services.worker.memory_mib >= 2048
    error_message = "Delivery and worker need 2 GiB at least: the largest picture takes one."
  }
}

variable "spot_share" {
  description = "Of every 100 workers beyond the first, how many run on Spot."
  type        = number
  default     = 75
}

variable "sleep" {
  description = "From when to when nothing runs, as cron expressions of a time zone; null: never."
  type        = object({ from = string, until = string, timezone = string })
  default     = null
}

variable "edge" {
  description = "CloudFront: whether it comes to the load balancer within the VPC, where it serves from, whether there is an origin shield, and whether anonymising networks are refused."
  type = object({
    vpc_origin      = optional(bool, true)
    price_class     = optional(string, "PriceClass_100")
    shield          = optional(bool, true)
    block_anonymous = optional(bool, false)
  })
  default = {}
}

variable "deployment" {
  description = "How a release becomes live: the canary, how long it waits for approval (0: not), how long the one before stays."
  type = object({
    canary           = object({ percent = number, minutes = number })
    approval_minutes = number
    keep_minutes     = number
  })
}

variable "backup" {
  description = "How long backups are kept, and whether the vault is locked."
  type        = object({ keep_days = object({ daily = number, monthly = number }), lock = bool })
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827], var.log_retention_days)
    error_message = "CloudWatch has 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096 and 1827 days."
  }
}

variable "alarm_emails" {
  description = "Who is written to when something is wrong; each has to confirm once."
  type        = set(string)
}

variable "budget" {
  description = "What a month may cost, and from which unexpected cost on somebody is told, in US dollars."
  type        = object({ monthly_usd = number, anomaly_usd = number })
}

variable "signing_key" {
  description = "The key that signs delivery URLs at first, in base64url; never in state. People change it in Secrets Manager (docs/signing.md)."
  type        = string
  ephemeral   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{43,}$", var.signing_key))
    error_message = "base64url of 32 bytes or more: 43 characters at least."
  }
}

variable "collector_image" {
  description = "The collector of traces and metrics beside each task. Without NAT: a copy in a repository of your own."
  type        = string
  default     = "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.1"
}

variable "permissions_boundary" {
  description = "The ARN of the policy that bounds every role made here (infra/bootstrap makes it); null: none."
  type        = string
  default     = null
}
