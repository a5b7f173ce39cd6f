mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

override_resource {
  override_during = plan
  target          = aws_security_group.this["api"]
  values          = { id = "sg-api" }
}

override_resource {
  override_during = plan
  target          = aws_security_group.this["database"]
  values          = { id = "sg-database" }
}

variables {
  name        = "tintype-test"
  vpc_id      = "vpc-1"
  groups      = { api = "The api", database = "The catalog" }
  connections = { api-database = { from = "api", to = "database", port = 3306 } }
  internet    = { api = [443] }
}

run "a_connection_is_let_out_on_one_side_and_in_on_the_other" {
  command = plan

  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.this) == keys(aws_vpc_security_group_egress_rule.this)
    error_message = "Both sides agree."
  }

  assert {
    condition = alltrue([
      aws_vpc_security_group_ingress_rule.this["api-database"].referenced_security_group_id == "sg-api",
      aws_vpc_security_group_ingress_rule.this["api-database"].security_group_id == "sg-database",
    ])
    error_message = "The database lets the api in, by its group."
  }
}

run "nobody_comes_in_by_an_address_and_the_database_reaches_nothing" {
  command = plan

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.this : rule.cidr_ipv4 == null && rule.cidr_ipv6 == null])
    error_message = "Only groups are let in."
  }

  assert {
    condition     = keys(aws_vpc_security_group_egress_rule.internet) == ["api-443"]
    error_message = "Only who is listed reaches the internet."
  }
}

run "a_connection_to_nobody_is_refused" {
  command         = plan
  expect_failures = [var.connections]

  variables {
    connections = { wrong = { from = "api", to = "cache", port = 6379 } }
  }
}

run "odd_ports_to_the_internet_are_refused" {
  command         = plan
  expect_failures = [var.internet]

  variables {
    internet = { api = [22] }
  }
}
