mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name      = "tintype-test"
  vpc_id    = "vpc-1"
  namespace = "tintype-test.internal"
}

run "tasks_are_counted_and_may_run_on_spot" {
  command = plan

  assert {
    condition = alltrue([
      one(aws_ecs_cluster.this.setting).value == "enhanced",
      contains(aws_ecs_cluster_capacity_providers.this.capacity_providers, "FARGATE_SPOT"),
    ])
    error_message = "Autoscaling needs the count of running tasks, workers need Spot."
  }
}

run "a_name_of_multicast_dns_is_refused" {
  command         = plan
  expect_failures = [var.namespace]

  variables {
    namespace = "tintype.local"
  }
}
