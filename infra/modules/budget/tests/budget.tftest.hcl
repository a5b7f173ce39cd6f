mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name        = "tintype-test"
  monthly_usd = 250
  anomaly_usd = 20
  tag         = { key = "Environment", value = "test" }
  topic_arn   = "arn:aws:sns:us-east-1:123456789012:alarms"
}

run "only_this_environments_costs_count" {
  command = plan

  assert {
    condition     = one(aws_budgets_budget.this.cost_filter).values == tolist(["user:Environment$test"])
    error_message = "By the tag: an account may hold more."
  }

  assert {
    condition     = jsondecode(aws_ce_anomaly_monitor.this.monitor_specification).Tags.Values == ["test"]
    error_message = "The monitor, too."
  }

  assert {
    condition = alltrue([
      alltrue([for one in aws_budgets_budget.this.notification : one.subscriber_sns_topic_arns == toset([var.topic_arn])]),
      length(aws_budgets_budget.this.notification) == 3,
    ])
    error_message = "Somebody hears of it at 80 %, at 100 %, and when it will be 100 %."
  }
}

run "no_budget_is_refused" {
  command         = plan
  expect_failures = [var.monthly_usd]

  variables {
    monthly_usd = 0
  }
}
