variable "name" {
  description = "What names begin with."
  type        = string
}

variable "domain_name" {
  description = "The name that people open."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "A domain name in lower case, such as pictures.example.org."
  }
}

variable "zone_id" {
  description = "Its hosted zone."
  type        = string
}

variable "certificate_arn" {
  description = "Its certificate, in us-east-1."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:acm:us-east-1:", var.certificate_arn))
    error_message = "CloudFront takes certificates of us-east-1 alone."
  }
}

variable "origin" {
  description = "Where pages, api and delivery are: the name in the origin's certificate; and its ARN where CloudFront comes to it within the VPC."
  type        = object({ domain_name = string, arn = string, vpc = bool })
}

variable "origin_secret" {
  description = "What the header X-Origin-Secret says to an origin that is not within the VPC."
  type        = string
  sensitive   = true
  default     = null

  validation {
    condition     = var.origin.vpc || var.origin_secret != null
    error_message = "An origin on the internet needs a secret by which it knows this distribution."
  }
}

variable "shield_region" {
  description = "The region of the origin shield before delivery, near the origin: one place asks for each picture, not every edge; null: none."
  type        = string
  default     = null
}

variable "static_bucket_domain_name" {
  description = "The bucket with the static files and the error page."
  type        = string
}

variable "log_bucket_domain_name" {
  description = "The bucket for access logs; CloudFront may write there already."
  type        = string
}

variable "log_key_arn" {
  description = "The KMS key, in us-east-1, of the firewall's log."
  type        = string
}

variable "log_retention_days" {
  description = "How long the firewall's log is kept."
  type        = number
}

variable "price_class" {
  description = "Where pictures are served from: PriceClass_100 (Europe and North America), _200, or _All."
  type        = string
  default     = "PriceClass_100"

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "price_class is PriceClass_100, PriceClass_200 or PriceClass_All."
  }
}

variable "rates" {
  description = "The most requests of one address in five minutes, by path."
  type        = object({ sign_in = number, api = number, pictures = number, all = number })
  default     = { sign_in = 100, api = 5000, pictures = 30000, all = 40000 }

  validation {
    condition     = alltrue([for rate in values(var.rates) : rate >= 10])
    error_message = "WAF counts from 10 requests in five minutes on."
  }
}

variable "block_anonymous" {
  description = "Whether addresses of anonymising networks are refused, or only counted."
  type        = bool
  default     = false
}
