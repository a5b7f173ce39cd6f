variable "name" {
  description = "The instance's name, and what the names of its parts begin with."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,50}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "An instance's name is of a-z, 0-9 and single -, begins with a letter and does not end with -."
  }
}

variable "subnet_ids" {
  description = "Subnets without a way out, in two zones or more."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "RDS wants subnets in two zones, also where it uses one."
  }
}

variable "security_group_id" {
  description = "The security group that says who may connect."
  type        = string
}

variable "key_arn" {
  description = "The KMS key of the storage, of Performance Insights and of the managed password."
  type        = string
}

variable "log_key_arn" {
  description = "The KMS key of the logs."
  type        = string
}

variable "engine_version" {
  description = "MySQL's version, major and minor."
  type        = string
  default     = "8.4"

  validation {
    condition     = can(regex("^8\\.[0-9]+(\\.[0-9]+)?$", var.engine_version))
    error_message = "MySQL 8, such as 8.4: patches are applied in the maintenance window."
  }
}

variable "instance_class" {
  description = "What it runs on."
  type        = string

  validation {
    condition     = can(regex("^db\\.[a-z]+[0-9]+g[a-z]*\\.", var.instance_class))
    error_message = "An ARM class, such as db.t4g.medium or db.m7g.large: a fifth cheaper than x86 for the same."
  }

  validation {
    condition     = !can(regex("\\.(micro|small)$", var.instance_class))
    error_message = "From medium on: Performance Insights does not run on micro and small."
  }
}

variable "storage_gib" {
  description = "Storage at first, and how far it may grow by itself."
  type        = object({ first = number, most = number })

  validation {
    condition     = var.storage_gib.first >= 20 && var.storage_gib.most >= var.storage_gib.first * 1.1
    error_message = "gp3 begins at 20 GiB, and RDS wants room for a tenth more at least."
  }
}

variable "multi_az" {
  description = "Whether a second instance stands by in another zone."
  type        = bool
}

variable "backup_days" {
  description = "How many days back it can be restored to any second."
  type        = number

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35
    error_message = "1 to 35 days: 0 would turn backups off."
  }
}

variable "protect" {
  description = "Whether deleting is refused, and leaves a last snapshot where it is done after all."
  type        = bool
}

variable "log_retention_days" {
  description = "How long its logs are kept."
  type        = number
}

variable "permissions_boundary" {
  description = "The ARN of a policy that bounds the roles that are made here; null: none."
  type        = string
  default     = null
}
