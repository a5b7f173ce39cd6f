variable "role" {
  description = "The name of the role that they are given to."
  type        = string
}

variable "capabilities" {
  description = "What the role may do, each under a name of its own: a word of the vocabulary in vocabulary.tf, on which ARNs, and for objects under which keys."
  type = map(object({
    may  = string
    on   = optional(list(string), [])
    keys = optional(list(string), ["*"])
  }))

  validation {
    condition = alltrue(flatten([for capability in values(var.capabilities) : [
      for arn in capability.on : arn != "*" && startswith(arn, "arn:")
    ]]))
    error_message = "A capability is on resources that are named by their ARNs, never on \"*\"."
  }

  validation {
    condition     = alltrue([for capability in values(var.capabilities) : contains(keys(local.vocabulary), capability.may)])
    error_message = "A capability's word must be one of: ${join(", ", keys(local.vocabulary))}."
  }
}
