mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name    = "tintype-test-jobs"
  key_arn = "arn:aws:kms:eu-west-1:123456789012:key/k"
}

run "what_is_received_too_often_goes_to_the_dead_letters_for_a_fortnight" {
  command = plan

  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy).maxReceiveCount == 12
    error_message = "The worker buries first; SQS is the net beneath."
  }

  assert {
    condition     = aws_sqs_queue.dead.message_retention_seconds == 14 * 24 * 3600
    error_message = "Dead letters stay for 14 days."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.dead.redrive_allow_policy).sourceQueueArns == [output.arn]
    error_message = "No other queue buries here."
  }
}

run "both_queues_are_encrypted_and_refuse_plain_http" {
  command = plan

  assert {
    condition     = alltrue([for queue in [aws_sqs_queue.this, aws_sqs_queue.dead] : queue.kms_master_key_id == var.key_arn])
    error_message = "Both are encrypted with the key that is given."
  }

  assert {
    condition = alltrue([for queue in [aws_sqs_queue.this, aws_sqs_queue.dead] :
    jsondecode(queue.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false" && jsondecode(queue.policy).Statement[0].Effect == "Deny"])
    error_message = "Both refuse plain HTTP."
  }

  assert {
    condition     = aws_sqs_queue.this.receive_wait_time_seconds == 20
    error_message = "Workers wait for messages, they do not ask again and again."
  }
}

run "a_short_visibility_is_refused" {
  command         = plan
  expect_failures = [var.visibility_timeout_s]

  variables {
    visibility_timeout_s = 30
  }
}

run "to_bury_before_the_worker_does_is_refused" {
  command         = plan
  expect_failures = [var.max_receives]

  variables {
    max_receives = 3
  }
}
