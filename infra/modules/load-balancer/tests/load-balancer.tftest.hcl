mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name              = "tintype-test"
  vpc_id            = "vpc-1"
  vpc_cidr          = "10.9.0.0/16"
  security_group_id = "sg-1"
  subnet_ids        = ["subnet-1", "subnet-2"]
  internal          = true
  certificate_arn   = "arn:aws:acm:eu-west-1:123456789012:certificate/c"
  domain_name       = "origin.pictures.example.org"
  zone_id           = "Z1"
  log_bucket        = "logs"
  protect           = true
  services = {
    delivery = { port = 8080, paths = ["/i/*"], priority = 10 }
    api      = { port = 8080, paths = ["/api/*"], priority = 20 }
    web      = { port = 8080, paths = ["/*"], priority = 30 }
  }
}

run "each_service_has_a_pair_of_target_groups_that_ask_readyz" {
  command = plan

  assert {
    condition = alltrue([
      length(aws_lb_target_group.this) == 6,
      alltrue([for group in aws_lb_target_group.this : group.health_check[0].path == "/readyz" && group.target_type == "ip" && length(group.name) <= 32]),
    ])
    error_message = "Two for each of three services; names that AWS takes."
  }
}

run "paths_lead_to_the_same_services_live_and_in_test" {
  command = plan

  assert {
    condition = alltrue([for listener in ["live", "test"] : alltrue([
      one(one(aws_lb_listener_rule.this["${listener}-delivery"].condition).path_pattern).values == toset(["/i/*"]),
      one(one(aws_lb_listener_rule.this["${listener}-api"].condition).path_pattern).values == toset(["/api/*"]),
      one(one(aws_lb_listener_rule.this["${listener}-web"].condition).path_pattern).values == toset(["/*"]),
    ])])
    error_message = "A release is tried by the paths that it is to serve."
  }

  assert {
    condition     = aws_lb_listener_rule.this["live-delivery"].priority < aws_lb_listener_rule.this["live-web"].priority
    error_message = "Web takes what is left."
  }
}

run "only_https_and_only_by_cloudfront" {
  command = plan

  assert {
    condition     = alltrue([for listener in aws_lb_listener.this : listener.protocol == "HTTPS" && listener.default_action[0].type == "fixed-response"])
    error_message = "What no rule takes is refused."
  }

  assert {
    condition = alltrue([
      aws_vpc_security_group_ingress_rule.edge.cidr_ipv4 == null,
      aws_vpc_security_group_ingress_rule.edge.from_port == 443,
      aws_vpc_security_group_ingress_rule.edge.prefix_list_id == "pl-0123456789abcdef0",
    ])
    error_message = "443, from CloudFront's addresses."
  }

  assert {
    condition = alltrue([
      aws_vpc_security_group_ingress_rule.test.from_port == 8443,
      aws_vpc_security_group_ingress_rule.test.cidr_ipv4 == var.vpc_cidr,
    ])
    error_message = "The test listener is reached from within the VPC, and from nowhere else."
  }

  assert {
    condition = alltrue([
      aws_lb.this.internal,
      aws_lb.this.drop_invalid_header_fields,
      aws_lb.this.enable_deletion_protection,
      aws_lb.this.access_logs[0].enabled,
    ])
    error_message = "Private, strict, protected, logged."
  }
}

run "a_public_one_asks_for_the_secret" {
  command = plan

  variables {
    internal      = false
    origin_secret = "s3cret"
  }

  assert {
    condition     = alltrue([for rule in aws_lb_listener_rule.this : anytrue([for condition in rule.condition : try(one(condition.http_header).http_header_name, "") == "X-Origin-Secret"])])
    error_message = "Every rule asks for it: other people's distributions come from the same addresses."
  }
}

run "a_public_one_without_a_secret_is_refused" {
  command         = plan
  expect_failures = [var.origin_secret]

  variables {
    internal = false
  }
}

run "a_path_that_nobody_takes_is_refused" {
  command         = plan
  expect_failures = [var.services]

  variables {
    services = { api = { port = 8080, paths = ["/api/*"], priority = 20 } }
  }
}

run "two_services_of_one_priority_are_refused" {
  command         = plan
  expect_failures = [var.services]

  variables {
    services = {
      api = { port = 8080, paths = ["/api/*"], priority = 20 }
      web = { port = 8080, paths = ["/*"], priority = 20 }
    }
  }
}

run "a_name_that_is_too_long_for_target_groups_is_refused" {
  command         = plan
  expect_failures = [var.name]

  variables {
    name = "tintype-of-a-long-department"
  }
}
