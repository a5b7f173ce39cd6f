# Traces: one request a second of each service, and a part of the rest. Health checks are never worth one.
resource "aws_xray_sampling_rule" "this" {
  for_each = {
    alive = { priority = 10, path = "/healthz", reservoir = 0, rate = 0 }
    ready = { priority = 11, path = "/readyz", reservoir = 0, rate = 0 }
    all   = { priority = 100, path = "*", reservoir = 1, rate = var.sampling }
  }

  rule_name      = "${substr(var.name, 0, 24)}-${each.key}" # 32 characters at most
  version        = 1
  priority       = each.value.priority
  reservoir_size = each.value.reservoir
  fixed_rate     = each.value.rate
  url_path       = each.value.path
  host           = "*"
  http_method    = "*"
  service_name   = "tintype-*"
  service_type   = "*"
  resource_arn   = "*"
}

resource "aws_xray_group" "this" {
  for_each = {
    faults = "service(id(name: \"tintype-*\")) AND fault = true"
    slow   = "service(id(name: \"tintype-*\")) AND responsetime > 2"
  }

  group_name        = "${substr(var.name, 0, 24)}-${each.key}"
  filter_expression = each.value

  insights_configuration {
    insights_enabled      = each.key == "faults"
    notifications_enabled = false
  }
}
