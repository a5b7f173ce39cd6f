mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

variables {
  name                      = "tintype-test"
  domain_name               = "pictures.example.org"
  zone_id                   = "Z1"
  certificate_arn           = "arn:aws:acm:us-east-1:123456789012:certificate/c"
  origin                    = { domain_name = "origin.pictures.example.org", arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/lb/1", vpc = true }
  shield_region             = "eu-west-1"
  static_bucket_domain_name = "static.s3.eu-west-1.amazonaws.com"
  log_bucket_domain_name    = "logs.s3.amazonaws.com"
  log_key_arn               = "arn:aws:kms:us-east-1:123456789012:key/k"
  log_retention_days        = 30
}

# One run: each plans the firewall anew, and its schema is so deep that this takes seconds.
run "the_edge_keeps_routes_and_guards_as_it_says" {
  command = plan

  # Pictures are kept by path and kind of client alone.
  assert {
    condition = alltrue([
      aws_cloudfront_cache_policy.pictures.parameters_in_cache_key_and_forwarded_to_origin[0].query_strings_config[0].query_string_behavior == "none",
      aws_cloudfront_cache_policy.pictures.parameters_in_cache_key_and_forwarded_to_origin[0].cookies_config[0].cookie_behavior == "none",
    ])
    error_message = "Neither query strings nor cookies: anybody could fill the cache with one picture."
  }

  assert {
    condition     = aws_cloudfront_cache_policy.pictures.parameters_in_cache_key_and_forwarded_to_origin[0].headers_config[0].headers[0].items == toset(["Accept"])
    error_message = "Accept, which the function reduces to three values, and no other header."
  }

  assert {
    condition     = aws_cloudfront_cache_policy.pictures.default_ttl == 0 && aws_cloudfront_cache_policy.pictures.min_ttl == 0
    error_message = "Delivery says how long; private pictures are not kept."
  }

  # Paths go where they belong.
  assert {
    condition = { for one in aws_cloudfront_distribution.this.ordered_cache_behavior : one.path_pattern => one.target_origin_id } == {
      "/i/*" = "delivery", "/static/*" = "static-or-web", "/errors/*" = "static", "/api/*" = "application"
    }
    error_message = "Pictures to delivery, static files to the bucket, the api to the application."
  }

  assert {
    condition     = [for one in aws_cloudfront_distribution.this.ordered_cache_behavior : one.path_pattern if length(one.function_association) > 0] == ["/i/*"]
    error_message = "The function is before delivery, and nowhere else."
  }

  assert {
    condition     = [for one in aws_cloudfront_distribution.this.origin : one.origin_id if length(one.origin_shield) > 0] == ["delivery"]
    error_message = "The shield is before delivery alone."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.default_cache_behavior[0].cache_policy_id == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    error_message = "Pages are of somebody: they are never kept."
  }

  # The origin is within the vpc.
  assert {
    condition = alltrue([
      length(aws_cloudfront_vpc_origin.this) == 1,
      alltrue([for one in aws_cloudfront_distribution.this.origin : length(one.vpc_origin_config) == 1 && length(one.custom_header) == 0 if one.origin_id != "static"]),
    ])
    error_message = "By the VPC origin, without a secret."
  }

  # Nothing is served by plain http or old tls.
  assert {
    condition = alltrue([
      alltrue([for one in concat(aws_cloudfront_distribution.this.default_cache_behavior, aws_cloudfront_distribution.this.ordered_cache_behavior) : one.viewer_protocol_policy == "redirect-to-https"]),
      aws_cloudfront_distribution.this.viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021",
    ])
    error_message = "HTTPS, TLS 1.2."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.logging_config[0].include_cookies == false
    error_message = "Cookies are sessions, and stay out of logs."
  }

  # The firewall counts bodies and blocks them but for uploads.
  assert {
    condition = alltrue([for one in aws_wafv2_web_acl.this.rule :
      contains(flatten(one.statement[*].managed_rule_group_statement[*].rule_action_override[*].name), "SizeRestrictions_BODY")
    if one.name == "AWSManagedRulesCommonRuleSet"])
    error_message = "A picture is longer than the managed rule allows."
  }

  assert {
    condition = alltrue([
      contains(aws_wafv2_web_acl.this.rule[*].name, "bodies-but-uploads"),
      max([for one in aws_wafv2_web_acl.this.rule : one.priority]...) == [for one in aws_wafv2_web_acl.this.rule : one.priority if one.name == "bodies-but-uploads"][0],
    ])
    error_message = "It reads the labels of the managed rules, and so comes after them."
  }

  assert {
    condition     = toset([for one in aws_wafv2_web_acl.this.rule : one.name if startswith(one.name, "rate-")]) == toset(["rate-all", "rate-api", "rate-pictures", "rate-sign-in"])
    error_message = "Each kind of path has its rate."
  }
}

run "an_origin_on_the_internet_is_told_the_secret_by_tls" {
  command = plan

  variables {
    origin        = { domain_name = "origin.pictures.example.org", arn = "arn:x", vpc = false }
    origin_secret = "s3cret"
  }

  assert {
    condition = alltrue([
      length(aws_cloudfront_vpc_origin.this) == 0,
      alltrue([for one in aws_cloudfront_distribution.this.origin : one.custom_origin_config[0].origin_protocol_policy == "https-only" && one(one.custom_header).name == "X-Origin-Secret" if one.origin_id != "static"]),
    ])
    error_message = "HTTPS alone, with the header."
  }
}

run "a_certificate_of_another_region_is_refused" {
  command         = plan
  expect_failures = [var.certificate_arn]

  variables {
    certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/c"
  }
}

run "an_open_origin_without_a_secret_is_refused" {
  command         = plan
  expect_failures = [var.origin_secret]

  variables {
    origin = { domain_name = "origin.pictures.example.org", arn = "arn:x", vpc = false }
  }
}

run "a_rate_that_waf_cannot_count_is_refused" {
  command         = plan
  expect_failures = [var.rates]

  variables {
    rates = { sign_in = 1, api = 100, pictures = 100, all = 100 }
  }
}
