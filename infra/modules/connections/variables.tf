variable "name" {
  description = "What names begin with."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "groups" {
  description = "Who there is, with a word about each."
  type        = map(string)
}

variable "connections" {
  description = "Who opens connections to whom, on which port."
  type        = map(object({ from = string, to = string, port = number }))

  validation {
    condition = alltrue([for connection in values(var.connections) :
    contains(keys(var.groups), connection.from) && contains(keys(var.groups), connection.to)])
    error_message = "A connection is between two of the groups."
  }
}

variable "internet" {
  description = "Who opens connections to the internet and to AWS, on which ports."
  type        = map(set(number))
  default     = {}

  validation {
    condition     = alltrue([for group, ports in var.internet : contains(keys(var.groups), group) && length(setsubtract(ports, [80, 443])) == 0])
    error_message = "Only groups that are there reach the internet, by 443 and 80 alone."
  }
}
