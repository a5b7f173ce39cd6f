# What a role may do: exactly the capabilities that are declared for it.
#
# Owns: the vocabulary of capabilities, and the policy document made of them. Refuses: words that are not in the vocabulary,
# and "*" as a resource, but for the words that say why.

locals {
  statements = flatten([for name, capability in var.capabilities : [
    for i, grant in local.vocabulary[capability.may] : {
      Sid    = join("", [for word in split("-", "${name}${i == 0 ? "" : "-${i}"}") : title(word)])
      Effect = "Allow"
      Action = grant.actions
      Resource = grant.on == "everything" ? ["*"] : flatten([for arn in capability.on : (
        grant.on == "objects" ? [for key in capability.keys : "${arn}/${key}"] : [grant.on == "streams" ? "${arn}:*" : arn]
      )])
    }
  ]])

  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}

resource "aws_iam_role_policy" "this" {
  name   = "capabilities"
  role   = var.role
  policy = local.policy

  lifecycle {
    precondition {
      condition     = length(local.policy) <= 10240
      error_message = "The policy has more than the 10,240 characters that IAM allows: declare fewer capabilities, or wider ones."
    }
  }
}
