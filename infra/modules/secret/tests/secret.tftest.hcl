mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name        = "tintype-test/signing-keys"
  description = "Signs"
  key_arn     = "arn:aws:kms:eu-west-1:123456789012:key/k"
  value       = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
}

run "the_value_is_written_and_never_read" {
  command = plan

  assert {
    condition = alltrue([
      aws_secretsmanager_secret_version.this.secret_string == null,
      aws_secretsmanager_secret_version.this.secret_string_wo_version == 1,
    ])
    error_message = "State holds the generation, not the value."
  }

  assert {
    condition     = aws_secretsmanager_secret.this.kms_key_id == var.key_arn && aws_secretsmanager_secret.this.recovery_window_in_days == 30
    error_message = "Encrypted with the key that is given, and it can be brought back."
  }
}

run "a_recovery_that_aws_does_not_have_is_refused" {
  command         = plan
  expect_failures = [var.recovery_days]

  variables {
    recovery_days = 3
  }
}
