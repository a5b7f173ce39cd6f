mock_provider "aws" {
  source          = "../../mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "us_east_1"
  source          = "../../mocks"
  override_during = plan
}

variables {
  domain_name = "pictures.example.org"
}

run "a_zone_is_made_where_none_is_given" {
  command = plan

  assert {
    condition     = length(aws_route53_zone.this) == 1 && aws_route53_record.caa[0].records == toset(["0 issue \"amazon.com\""])
    error_message = "A zone, in which Amazon alone may make certificates."
  }
}

run "a_zone_that_is_given_is_used" {
  command = plan

  variables {
    zone_id = "Z1"
  }

  assert {
    condition     = length(aws_route53_zone.this) == 0 && output.zone_id == "Z1"
    error_message = "No second zone."
  }
}

run "the_origin_has_a_certificate_for_both_names" {
  command = plan

  assert {
    condition = alltrue([
      aws_acm_certificate.origin.domain_name == "origin.pictures.example.org",
      aws_acm_certificate.origin.subject_alternative_names == toset(["pictures.example.org"]),
    ])
    error_message = "CloudFront asks by the public name where it passes Host on, else by the origin's."
  }

  assert {
    condition = alltrue([
      aws_route53_record.validation["origin"].name == "_a.origin.pictures.example.org.",
      aws_route53_record.validation["edge"].name == "_a.pictures.example.org.",
    ])
    error_message = "One record for each name."
  }
}

run "a_name_with_capitals_is_refused" {
  command         = plan
  expect_failures = [var.domain_name]

  variables {
    domain_name = "Pictures.example.org"
  }
}
