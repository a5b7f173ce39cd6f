# A role, without any power yet.
#
# Apart from its capabilities: keys name the roles that use them, and capabilities name the keys.

resource "aws_iam_role" "this" {
  name                 = var.name
  permissions_boundary = var.permissions_boundary
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = var.principal }
      Action    = "sts:AssumeRole"
    }]
  })
}
