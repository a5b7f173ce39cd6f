mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "us_east_1"
  source          = "../../mocks"
  override_during = plan
}

variables {
  name = "tintype-test"
  services = {
    web = { service = "tintype-test-web", target_groups = ["targetgroup/web-1/a", "targetgroup/web-2/b"], log_group = "/tintype-test/web", slow_s = 2 }
  }
  workers        = { worker = { service = "tintype-test-worker", log_group = "/tintype-test/worker" } }
  cluster        = "tintype-test"
  load_balancer  = "app/lb/1"
  queue          = { name = "jobs", dead_name = "jobs-dead" }
  database       = { name = "tintype-test", low_storage_gib = 4 }
  edge           = { distribution_id = "E1", firewall = "tintype-test", domain_name = "pictures.example.org" }
  topic_arn      = "arn:aws:sns:eu-west-1:123456789012:alarms"
  edge_topic_arn = "arn:aws:sns:us-east-1:123456789012:alarms"
}

run "the_composite_alarm_names_alarms_that_are_there" {
  command = plan

  assert {
    condition = toset([for match in regexall("ALARM\\(\"([^\"]+)\"\\)", aws_cloudwatch_composite_alarm.this.alarm_rule) : match[0]]) == toset(concat(
      [for name, alarm in aws_cloudwatch_metric_alarm.plain : alarm.alarm_name if length(alarm.alarm_actions) == 0],
      [for alarm in aws_cloudwatch_metric_alarm.errors : alarm.alarm_name],
      [for alarm in aws_cloudwatch_metric_alarm.slow : alarm.alarm_name],
      [for alarm in aws_cloudwatch_metric_alarm.unhealthy : alarm.alarm_name],
    ))
    error_message = "What tells nobody itself is told by the composite alarm, and nothing else."
  }

  assert {
    condition     = aws_cloudwatch_composite_alarm.this.alarm_actions == toset([var.topic_arn])
    error_message = "It is told."
  }
}

run "an_environment_that_sleeps_is_silent_then" {
  command = plan

  variables {
    sleeps = true
  }

  assert {
    condition = alltrue([
      endswith(aws_cloudwatch_composite_alarm.this.alarm_rule, "AND NOT ALARM(\"tintype-test-asleep\")"),
      !aws_cloudwatch_metric_alarm.readyz.actions_enabled,
    ])
    error_message = "No tasks at night are no fault."
  }
}

run "a_release_is_taken_back_for_errors_and_for_being_slow" {
  command = plan

  assert {
    condition     = output.release_alarms.web == ["tintype-test-web-errors", "tintype-test-web-slow"]
    error_message = "Both alarms of the service."
  }

  assert {
    condition     = length([for one in aws_cloudwatch_metric_alarm.errors["web"].metric_query : one if length(one.metric) > 0]) == 4
    error_message = "Failures and requests of both target groups."
  }
}

run "readyz_is_asked_from_outside" {
  command = plan

  assert {
    condition = alltrue([
      aws_route53_health_check.readyz.resource_path == "/readyz",
      aws_route53_health_check.readyz.fqdn == "pictures.example.org",
      aws_route53_health_check.readyz.type == "HTTPS",
    ])
    error_message = "By the way that people come."
  }
}

run "the_dashboard_shows_what_an_operator_looks_at_first" {
  command = plan

  assert {
    condition = alltrue([for word in ["Requests", "Errors", "Latency", "Queue", "Renders", "Cache hit ratio", "Database", "Cost"] :
    anytrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : startswith(widget.properties.title, word)])])
    error_message = "Traffic, errors, latency, queue, renders, cache, database, cost."
  }

  assert {
    condition = alltrue(flatten([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [
      for metric in try(widget.properties.metrics, []) : length(metric) > 0
    ]]))
    error_message = "Every metric is a list with something in it."
  }
}

run "every_service_has_its_errors_counted" {
  command = plan

  assert {
    condition = alltrue([
      keys(aws_cloudwatch_log_metric_filter.errors) == ["web", "worker"],
      keys(aws_cloudwatch_log_metric_filter.panics) == ["web", "worker"],
    ])
    error_message = "Errors and panics, of services and workers."
  }
}

run "health_checks_are_not_traced" {
  command = plan

  assert {
    condition = alltrue([
      aws_xray_sampling_rule.this["ready"].fixed_rate == 0,
      aws_xray_sampling_rule.this["ready"].priority < aws_xray_sampling_rule.this["all"].priority,
    ])
    error_message = "They are asked for before the rest."
  }
}

run "a_part_beyond_the_whole_is_refused" {
  command         = plan
  expect_failures = [var.sampling]

  variables {
    sampling = 5
  }
}
