mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  repositories = ["tintype-test/tintype-web"]
  key_arn      = "arn:aws:kms:eu-west-1:123456789012:key/k"
  force_delete = false
}

run "a_tag_means_one_image_for_ever" {
  command = plan

  assert {
    condition = alltrue([for one in aws_ecr_repository.this :
    one.image_tag_mutability == "IMMUTABLE" && one.image_scanning_configuration[0].scan_on_push && one.encryption_configuration[0].kms_key == var.key_arn])
    error_message = "Immutable, scanned, encrypted."
  }
}

run "releases_to_go_back_to_are_kept" {
  command         = plan
  expect_failures = [var.keep]

  variables {
    keep = 1
  }
}
