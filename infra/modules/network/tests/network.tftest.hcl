mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name     = "tintype-test"
  cidr     = "10.9.0.0/16"
  zones    = 3
  nat      = "per-zone"
  flow_log = { retention_days = 30, key_arn = "arn:aws:kms:eu-west-1:123456789012:key/k" }
}

run "each_zone_has_three_subnets_that_do_not_overlap" {
  command = plan

  assert {
    condition     = length(aws_subnet.private) == 3 && length(aws_subnet.public) == 3 && length(aws_subnet.database) == 3
    error_message = "Three zones, three subnets in each."
  }

  assert {
    condition     = length(distinct(concat(values(aws_subnet.private)[*].cidr_block, values(aws_subnet.public)[*].cidr_block, values(aws_subnet.database)[*].cidr_block))) == 9
    error_message = "Each subnet has addresses of its own."
  }

  assert {
    condition     = alltrue(values(aws_subnet.public)[*].map_public_ip_on_launch) == false
    error_message = "Nothing gets a public address unasked."
  }
}

run "per_zone_nat_gives_each_zone_its_gateway" {
  command = plan

  assert {
    condition     = length(aws_nat_gateway.this) == 3 && length(aws_route.private) == 3
    error_message = "Three zones, three gateways, three routes."
  }
}

run "a_single_nat_serves_all_zones" {
  command = plan

  variables {
    nat = "single"
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.private) == 3
    error_message = "One gateway, and a route to it from every zone."
  }
}

run "without_nat_there_is_no_way_out_but_endpoints" {
  command = plan

  variables {
    nat                 = "none"
    interface_endpoints = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs", "sns", "xray", "monitoring"]
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_route.private) == 0 && length(aws_vpc_endpoint.interface) == 8
    error_message = "No gateway, no route, eight endpoints."
  }
}

run "buckets_are_always_reached_by_the_gateway_endpoint" {
  command = plan

  assert {
    condition     = aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" && aws_vpc_endpoint.s3.service_name == "com.amazonaws.eu-west-1.s3"
    error_message = "Bytes of pictures do not go through NAT."
  }
}

run "without_nat_and_endpoints_no_task_would_start" {
  command         = plan
  expect_failures = [var.interface_endpoints]

  variables {
    nat = "none"
  }
}

run "one_zone_is_refused" {
  command         = plan
  expect_failures = [var.zones]

  variables {
    zones = 1
  }
}

run "a_small_block_is_refused" {
  command         = plan
  expect_failures = [var.cidr]

  variables {
    cidr = "10.9.0.0/24"
  }
}

run "an_unknown_nat_is_refused" {
  command         = plan
  expect_failures = [var.nat]

  variables {
    nat = "instance"
  }
}
