mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name    = "tintype-test-originals-123456789012"
  key_arn = "arn:aws:kms:eu-west-1:123456789012:key/k"
}

run "every_bucket_is_private_encrypted_and_reached_by_tls_alone" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls, aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls, aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "Public access is blocked in all four ways."
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default[0].kms_master_key_id == var.key_arn
    error_message = "Objects are encrypted with the key that is given."
  }

  assert {
    condition     = [for one in jsondecode(aws_s3_bucket_policy.this.policy).Statement : one.Effect] == ["Deny", "Deny"]
    error_message = "The policy begins with two refusals: plain HTTP and old TLS."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_ownership_controls.this.rule[0].object_ownership == "BucketOwnerEnforced",
      length(aws_s3_bucket_acl.logs) == 0,
    ])
    error_message = "No access control lists, but where logs are delivered by them."
  }

  assert {
    condition     = anytrue([for rule in aws_s3_bucket_lifecycle_configuration.this.rule : length(rule.abort_incomplete_multipart_upload) == 1])
    error_message = "Uploads in parts that nobody finishes end."
  }
}

run "without_a_key_it_is_s3s_own" {
  command = plan

  variables {
    key_arn = null
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256"
    error_message = "Unencrypted is no choice."
  }
}

run "versions_are_kept_where_asked_for" {
  command = plan

  variables {
    versioning = true
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "Versioning is on."
  }
}

run "browsers_may_only_put_and_read_the_etag" {
  command = plan

  variables {
    cors_origins = ["https://pictures.example.org"]
  }

  assert {
    condition = alltrue([
      one(aws_s3_bucket_cors_configuration.this[0].cors_rule).allowed_methods == toset(["PUT"]),
      one(aws_s3_bucket_cors_configuration.this[0].cors_rule).expose_headers == toset(["ETag"]),
    ])
    error_message = "PUT alone, and the ETag to finish an upload in parts."
  }
}

run "any_page_may_not_upload" {
  command         = plan
  expect_failures = [var.cors_origins]

  variables {
    cors_origins = ["*"]
  }
}

run "a_name_that_s3_refuses_is_refused_before" {
  command         = plan
  expect_failures = [var.name]

  variables {
    name = "Tintype_Originals"
  }
}
