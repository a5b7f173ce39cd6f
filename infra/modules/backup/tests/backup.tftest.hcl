mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name          = "tintype-test"
  key_arn       = "arn:aws:kms:eu-west-1:123456789012:key/backup"
  resource_arns = ["arn:aws:rds:eu-west-1:123456789012:db:tintype-test", "arn:aws:s3:::originals"]
  data_key_arns = ["arn:aws:kms:eu-west-1:123456789012:key/data"]
  keep_days     = { daily = 35, monthly = 365 }
  lock          = true
  protect       = true
}

run "backups_are_locked_encrypted_and_end_when_they_should" {
  command = plan

  assert {
    condition = alltrue([
      aws_backup_vault_lock_configuration.this[0].min_retention_days == 35,
      aws_backup_vault.this.kms_key_arn == var.key_arn,
      !aws_backup_vault.this.force_destroy,
    ])
    error_message = "Nobody deletes a backup before its time."
  }

  assert {
    condition     = { for one in aws_backup_plan.this.rule : one.rule_name => one.lifecycle[0].delete_after } == { daily = 35, monthly = 365 }
    error_message = "Daily and monthly ones."
  }

  assert {
    condition     = aws_backup_selection.this.resources == toset(var.resource_arns)
    error_message = "What is named, and not whatever bears a tag."
  }
}

run "without_a_lock_the_vault_can_be_torn_down" {
  command = plan

  variables {
    lock    = false
    protect = false
  }

  assert {
    condition     = length(aws_backup_vault_lock_configuration.this) == 0 && aws_backup_vault.this.force_destroy
    error_message = "No lock, and the backups go with the vault."
  }
}

run "a_plan_for_nothing_is_refused" {
  command         = plan
  expect_failures = [var.resource_arns]

  variables {
    resource_arns = []
  }
}

run "backups_of_a_day_are_refused" {
  command         = plan
  expect_failures = [var.keep_days]

  variables {
    keep_days = { daily = 1, monthly = 365 }
  }
}
