mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name        = "tintype-test/objects"
  description = "Pictures"
  users       = ["arn:aws:iam::123456789012:role/b", "arn:aws:iam::123456789012:role/a"]
  through     = ["rds"]
  services = {
    "cloudwatch.amazonaws.com" = [{ operator = "StringEquals", key = "aws:SourceAccount", values = ["123456789012"] }]
  }
}

run "only_those_who_are_named_use_the_key" {
  command = plan

  assert {
    condition     = [for one in jsondecode(aws_kms_key.this.policy).Statement : one.Principal.AWS if one.Sid == "UseByRoles"][0] == ["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"]
    error_message = "The roles that are named are admitted, in an order that does not change."
  }

  assert {
    condition = alltrue([for one in jsondecode(aws_kms_key.this.policy).Statement :
      length(setintersection(one.Action, ["kms:*", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"])) == 0 if one.Sid == "Administer"
    ])
    error_message = "The account's root administers the key and does not use it: otherwise IAM alone would decide."
  }

  assert {
    condition     = alltrue([for one in jsondecode(aws_kms_key.this.policy).Statement : one.Condition.StringEquals["kms:CallerAccount"] == "123456789012" if try(one.Principal.AWS, "") == "*"])
    error_message = "Whoever comes through a service is of this account."
  }

  assert {
    condition     = alltrue([for one in jsondecode(aws_kms_key.this.policy).Statement : one.Condition.StringEquals["aws:SourceAccount"] == ["123456789012"] if can(one.Principal.Service)])
    error_message = "A service uses it for this account alone."
  }

  assert {
    condition     = aws_kms_key.this.enable_key_rotation
    error_message = "Keys are rotated."
  }
}

run "a_key_without_users_has_no_empty_statement" {
  command = plan

  variables {
    users    = []
    through  = []
    services = {}
  }

  assert {
    condition     = jsondecode(aws_kms_key.this.policy).Statement[*].Sid == ["Administer"]
    error_message = "KMS refuses statements without a principal."
  }
}

run "everybody_is_no_user" {
  command         = plan
  expect_failures = [var.users]

  variables {
    users = ["*"]
  }
}

run "names_of_aws_are_refused" {
  command         = plan
  expect_failures = [var.name]

  variables {
    name = "aws/s3"
  }
}
