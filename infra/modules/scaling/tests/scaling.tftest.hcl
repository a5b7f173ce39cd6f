mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  cluster = "tintype-test"
  service = "tintype-test-delivery"
  tasks   = { min = 2, max = 10 }
  requests = { requests = {
    per_task = 3000, load_balancer = "app/lb/1", target_groups = ["targetgroup/a/1", "targetgroup/b/2"]
  } }
}

run "requests_are_counted_over_both_target_groups" {
  command = plan

  assert {
    condition     = length([for one in one(one(aws_appautoscaling_policy.requests["requests"].target_tracking_scaling_policy_configuration).customized_metric_specification).metrics : one if startswith(one.id, "requests")]) == 2
    error_message = "After a release the other group is the live one."
  }
}

run "cpu_and_memory_always_count" {
  command = plan

  assert {
    condition     = keys(aws_appautoscaling_policy.utilisation) == ["cpu", "memory"] && length(aws_appautoscaling_policy.backlog) == 0
    error_message = "Two that every service has."
  }
}

run "workers_follow_the_backlog" {
  command = plan

  variables {
    requests = {}
    backlog  = { backlog = { per_task = 30, queue = "jobs" } }
  }

  assert {
    condition = alltrue([
      length(aws_appautoscaling_policy.backlog) == 1,
      anytrue([for one in one(one(aws_appautoscaling_policy.backlog["backlog"].target_tracking_scaling_policy_configuration).customized_metric_specification).metrics : strcontains(coalesce(one.expression, "-"), "waiting /")]),
    ])
    error_message = "Waiting jobs for each task."
  }
}

run "nobody_sleeps_unasked" {
  command = plan

  assert {
    condition     = length(aws_appautoscaling_scheduled_action.this) == 0
    error_message = "Without a schedule there is none."
  }
}

run "what_sleeps_wakes_with_the_same_bounds" {
  command = plan

  variables {
    sleep = { from = "cron(0 20 * * ? *)", until = "cron(0 6 * * ? *)", timezone = "Europe/Berlin" }
  }

  assert {
    condition = alltrue([
      aws_appautoscaling_scheduled_action.this["sleep"].scalable_target_action[0].max_capacity == "0",
      aws_appautoscaling_scheduled_action.this["wake"].scalable_target_action[0].min_capacity == "2",
      aws_appautoscaling_scheduled_action.this["wake"].scalable_target_action[0].max_capacity == "10",
    ])
    error_message = "None at night, as many as before in the morning."
  }
}

run "no_task_by_day_is_refused" {
  command         = plan
  expect_failures = [var.tasks]

  variables {
    tasks = { min = 0, max = 2 }
  }
}

run "to_wait_until_cpu_is_full_is_refused" {
  command         = plan
  expect_failures = [var.cpu_percent]

  variables {
    cpu_percent = 100
  }
}
