mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name                 = "tintype-test-web"
  permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
}

run "only_tasks_act_as_it_and_within_the_boundary" {
  command = plan

  assert {
    condition     = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Principal == { Service = "ecs-tasks.amazonaws.com" }
    error_message = "ECS tasks, and nobody else."
  }

  assert {
    condition     = aws_iam_role.this.permissions_boundary == var.permissions_boundary
    error_message = "The boundary bounds it."
  }
}

run "a_name_that_iam_refuses_is_refused_before" {
  command         = plan
  expect_failures = [var.name]

  variables {
    name = "tintype-with-a-name-that-goes-on-and-on-and-on-and-on-and-on-and-on"
  }
}
