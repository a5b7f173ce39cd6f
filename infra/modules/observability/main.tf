# What an operator sees and hears.
#
# Owns: alarms, the one composite alarm that is worth waking somebody, the dashboard, metrics from logs, traces, the check of the
# public address. Refuses: alarms that nobody can act on; what is only worth knowing stands on the dashboard.
#
# Requests are counted over both target groups of a service: after each release the other one is live.

data "aws_region" "this" {}

locals {
  # What is called from outside, by its parts: the alarms and the dashboard are made of them.
  groups = { for name, service in var.services : name => { for i, group in service.target_groups : "g${i + 1}" => group } }

  log_groups = merge(
    { for name, service in var.services : name => service.log_group },
    { for name, service in var.workers : name => service.log_group },
  )
}
