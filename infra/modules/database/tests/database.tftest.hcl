mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name               = "tintype-test"
  security_group_id  = "sg-1"
  subnet_ids         = ["subnet-1", "subnet-2"]
  key_arn            = "arn:aws:kms:eu-west-1:123456789012:key/data"
  log_key_arn        = "arn:aws:kms:eu-west-1:123456789012:key/logs"
  instance_class     = "db.t4g.medium"
  storage_gib        = { first = 20, most = 200 }
  multi_az           = true
  backup_days        = 14
  protect            = true
  log_retention_days = 30
}

run "the_catalog_is_encrypted_private_and_speaks_tls_alone" {
  command = plan

  assert {
    condition = alltrue([
      aws_db_instance.this.storage_encrypted,
      aws_db_instance.this.kms_key_id == var.key_arn,
      !aws_db_instance.this.publicly_accessible,
    ])
    error_message = "Encrypted with the key that is given, without a public address."
  }

  assert {
    condition     = anytrue([for one in aws_db_parameter_group.this.parameter : one.name == "require_secure_transport" && one.value == "1"])
    error_message = "Plain connections are refused."
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null
    error_message = "RDS keeps the password; nobody here knows it."
  }

  assert {
    condition     = output.url == "mysql://tintype@mock.abcdefghijkl.eu-west-1.rds.amazonaws.com:3306/tintype"
    error_message = "The URL has no password in it."
  }
}

run "what_is_slow_can_be_found" {
  command = plan

  assert {
    condition = alltrue([
      aws_db_instance.this.performance_insights_enabled,
      aws_db_instance.this.monitoring_interval == 60,
      contains(aws_db_instance.this.enabled_cloudwatch_logs_exports, "slowquery"),
    ])
    error_message = "Performance Insights, enhanced monitoring and the slow log."
  }

  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.this : group.kms_key_id == var.log_key_arn && group.retention_in_days == 30])
    error_message = "Its logs are encrypted, and end."
  }
}

run "protection_is_one_value" {
  command = plan

  assert {
    condition = alltrue([
      aws_db_instance.this.deletion_protection,
      !aws_db_instance.this.skip_final_snapshot,
      aws_db_instance.this.final_snapshot_identifier == "tintype-test-last",
      aws_db_instance.this.multi_az,
    ])
    error_message = "Deleting is refused, and would leave a snapshot."
  }
}

run "without_protection_it_goes_without_a_trace" {
  command = plan

  variables {
    protect = false
  }

  assert {
    condition     = !aws_db_instance.this.deletion_protection && aws_db_instance.this.skip_final_snapshot
    error_message = "What is torn down every week leaves nothing."
  }
}

run "no_backups_are_refused" {
  command         = plan
  expect_failures = [var.backup_days]

  variables {
    backup_days = 0
  }
}

run "x86_is_refused" {
  command         = plan
  expect_failures = [var.instance_class]

  variables {
    instance_class = "db.m5.large"
  }
}

run "a_class_without_performance_insights_is_refused" {
  command         = plan
  expect_failures = [var.instance_class]

  variables {
    instance_class = "db.t4g.micro"
  }
}

run "storage_that_cannot_grow_is_refused" {
  command         = plan
  expect_failures = [var.storage_gib]

  variables {
    storage_gib = { first = 100, most = 100 }
  }
}
