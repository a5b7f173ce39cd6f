mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  role = "tintype-test-worker"
  capabilities = {
    read-originals = { may = "read-objects", on = ["arn:aws:s3:::originals"] }
    derived        = { may = "write-objects", on = ["arn:aws:s3:::derivatives"], keys = ["images/*", "library/*"] }
    parts          = { may = "upload-parts", on = ["arn:aws:s3:::originals"] }
    trace          = { may = "trace" }
  }
}

run "a_capability_becomes_just_its_actions_on_just_its_resources" {
  command = plan

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if statement.Sid == "ReadOriginals"] == [{
      Sid = "ReadOriginals", Effect = "Allow", Action = ["s3:GetObject"], Resource = ["arn:aws:s3:::originals/*"]
    }]
    error_message = "read-objects is s3:GetObject on the bucket's objects, and nothing else."
  }

  assert {
    condition     = [for statement in jsondecode(output.policy).Statement : statement.Resource if statement.Sid == "Derived"][0] == ["arn:aws:s3:::derivatives/images/*", "arn:aws:s3:::derivatives/library/*"]
    error_message = "A capability is bounded by the keys that it names."
  }

  assert {
    condition     = [for statement in jsondecode(output.policy).Statement : statement.Resource if statement.Sid == "Parts1"][0] == ["arn:aws:s3:::originals"]
    error_message = "Listing uploads in parts is on the bucket, not on its objects."
  }
}

run "only_the_words_that_say_why_are_on_everything" {
  command = plan

  assert {
    condition = alltrue([for statement in jsondecode(output.policy).Statement :
    alltrue([for action in statement.Action : startswith(action, "xray:") || action == "ecr:GetAuthorizationToken"]) if contains(statement.Resource, "*")])
    error_message = "Only X-Ray's actions and the registry's token know no resources."
  }

  assert {
    condition     = alltrue(flatten([for statement in jsondecode(output.policy).Statement : [for action in statement.Action : !strcontains(action, "*")]]))
    error_message = "Actions are named one by one."
  }
}

run "a_star_for_a_resource_is_refused" {
  command         = plan
  expect_failures = [var.capabilities]

  variables {
    capabilities = { all = { may = "read-objects", on = ["*"] } }
  }
}

run "a_word_that_is_not_in_the_vocabulary_is_refused" {
  command         = plan
  expect_failures = [var.capabilities]

  variables {
    capabilities = { all = { may = "administer", on = ["arn:aws:s3:::originals"] } }
  }
}

run "more_than_iam_takes_is_refused" {
  command         = plan
  expect_failures = [aws_iam_role_policy.this]

  variables {
    capabilities = { for i in range(120) : "read-${i}" => { may = "read-objects", on = ["arn:aws:s3:::a-bucket-with-a-rather-long-name-${i}"] } }
  }
}
