mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name     = "tintype-test-alarms"
  key_arn  = "arn:aws:kms:eu-west-1:123456789012:key/k"
  services = ["cloudwatch.amazonaws.com"]
  emails   = ["operator@example.org"]
}

run "only_the_services_that_are_named_publish_and_only_for_this_account" {
  command = plan

  assert {
    condition     = [for one in jsondecode(aws_sns_topic.this.policy).Statement : one.Principal.Service if one.Effect == "Allow"] == ["cloudwatch.amazonaws.com"]
    error_message = "CloudWatch, and no other."
  }

  assert {
    condition     = alltrue([for one in jsondecode(aws_sns_topic.this.policy).Statement : one.Condition.StringEquals["aws:SourceAccount"] == "123456789012" if one.Effect == "Allow"])
    error_message = "Not for other people's accounts."
  }

  assert {
    condition     = aws_sns_topic.this.kms_master_key_id == var.key_arn && length(aws_sns_topic_subscription.email) == 1
    error_message = "Encrypted, and somebody is told."
  }
}

run "a_key_that_alarms_cannot_use_is_refused" {
  command         = plan
  expect_failures = [var.key_arn]

  variables {
    key_arn = "alias/aws/sns"
  }
}
