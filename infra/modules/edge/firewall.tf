# The firewall before CloudFront: AWS's managed rules, and how often one address may come.

locals {
  managed = {
    AWSManagedRulesAmazonIpReputationList = { priority = 20, count = [] }
    # Programs that use the api run in data centres.
    AWSManagedRulesAnonymousIpList = {
      priority = 21
      count    = concat(["HostingProviderIPList"], var.block_anonymous ? [] : ["AnonymousIPList"])
    }
    AWSManagedRulesKnownBadInputsRuleSet = { priority = 22, count = [] }
    # Counted here, and blocked by the rule after them, but for uploads: a picture is longer than the 8 KiB that are allowed,
    # and its bytes look like anything.
    AWSManagedRulesCommonRuleSet = { priority = 23, count = [
      "CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "SizeRestrictions_BODY",
    ] }
    AWSManagedRulesSQLiRuleSet = { priority = 24, count = ["SQLiExtendedPatterns_BODY", "SQLi_BODY"] }
  }

  body_labels = concat(
    [for rule in ["CrossSiteScripting", "EC2MetaDataSSRF", "GenericLFI", "GenericRFI", "SizeRestrictions"] :
    "awswaf:managed:aws:core-rule-set:${rule}_Body"],
    [for rule in ["SQLi", "SQLiExtendedPatterns"] : "awswaf:managed:aws:sql-database:${rule}_Body"],
  )

  # What takes pictures in. What they are is decided by their bytes, not here.
  upload_paths = ["/api/v1/images", "/api/v1/uploads"]

  rates = {
    sign-in  = { priority = 10, limit = var.rates.sign_in, paths = ["/sign-in", "/setup", "/api/v1/session", "/api/v1/setup"], post = true }
    api      = { priority = 11, limit = var.rates.api, paths = ["/api/"], post = false }
    pictures = { priority = 12, limit = var.rates.pictures, paths = ["/i/"], post = false }
    all      = { priority = 13, limit = var.rates.all, paths = ["/"], post = false }
  }
}

resource "aws_wafv2_web_acl" "this" {
  name        = var.name
  description = "Before ${var.domain_name}"
  scope       = "CLOUDFRONT"

  default_action {
    allow {}
  }

  dynamic "rule" {
    for_each = local.rates

    content {
      name     = "rate-${rule.key}"
      priority = rule.value.priority

      action {
        block {
          custom_response {
            response_code = 429

            response_header {
              name  = "Retry-After"
              value = "60"
            }
          }
        }
      }

      statement {
        rate_based_statement {
          limit                 = rule.value.limit
          aggregate_key_type    = "IP"
          evaluation_window_sec = 300

          # Anything of the path, and for signing in only what tries a password: POST.
          dynamic "scope_down_statement" {
            for_each = rule.value.post ? [rule.value.paths] : []

            content {
              and_statement {
                statement {
                  byte_match_statement {
                    search_string         = "POST"
                    positional_constraint = "EXACTLY"

                    field_to_match {
                      method {}
                    }

                    text_transformation {
                      priority = 0
                      type     = "NONE"
                    }
                  }
                }

                statement {
                  or_statement {
                    dynamic "statement" {
                      for_each = scope_down_statement.value

                      content {
                        byte_match_statement {
                          search_string         = statement.value
                          positional_constraint = "STARTS_WITH"

                          field_to_match {
                            uri_path {}
                          }

                          text_transformation {
                            priority = 0
                            type     = "NONE"
                          }
                        }
                      }
                    }
                  }
                }
              }
            }
          }

          dynamic "scope_down_statement" {
            for_each = rule.value.post ? [] : rule.value.paths

            content {
              byte_match_statement {
                search_string         = scope_down_statement.value
                positional_constraint = "STARTS_WITH"

                field_to_match {
                  uri_path {}
                }

                text_transformation {
                  priority = 0
                  type     = "NONE"
                }
              }
            }
          }
        }
      }

      visibility_config {
        metric_name                = "rate-${rule.key}"
        cloudwatch_metrics_enabled = true
        sampled_requests_enabled   = false
      }
    }
  }

  dynamic "rule" {
    for_each = local.managed

    content {
      name     = rule.key
      priority = rule.value.priority

      override_action {
        none {}
      }

      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.key

          dynamic "rule_action_override" {
            for_each = rule.value.count

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }
        }
      }

      visibility_config {
        metric_name                = rule.key
        cloudwatch_metrics_enabled = true
        sampled_requests_enabled   = false
      }
    }
  }

  rule {
    name     = "bodies-but-uploads"
    priority = 30

    action {
      block {}
    }

    statement {
      and_statement {
        statement {
          or_statement {
            dynamic "statement" {
              for_each = local.body_labels

              content {
                label_match_statement {
                  scope = "LABEL"
                  key   = statement.value
                }
              }
            }
          }
        }

        statement {
          not_statement {
            statement {
              or_statement {
                dynamic "statement" {
                  for_each = local.upload_paths

                  content {
                    byte_match_statement {
                      search_string         = statement.value
                      positional_constraint = "STARTS_WITH"

                      field_to_match {
                        uri_path {}
                      }

                      text_transformation {
                        priority = 0
                        type     = "NONE"
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }

    visibility_config {
      metric_name                = "bodies-but-uploads"
      cloudwatch_metrics_enabled = true
      sampled_requests_enabled   = false
    }
  }

  visibility_config {
    metric_name                = var.name
    cloudwatch_metrics_enabled = true
    # Samples show whole requests, with their cookies.
    sampled_requests_enabled = false
  }
}

# WAF wants this prefix.
resource "aws_cloudwatch_log_group" "firewall" {
  name              = "aws-waf-logs-${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_key_arn
}

resource "aws_wafv2_web_acl_logging_configuration" "this" {
  resource_arn            = aws_wafv2_web_acl.this.arn
  log_destination_configs = [aws_cloudwatch_log_group.firewall.arn]

  # What was refused. The rest stands in the access logs.
  logging_filter {
    default_behavior = "DROP"

    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"

      condition {
        action_condition {
          action = "BLOCK"
        }
      }

      condition {
        action_condition {
          action = "COUNT"
        }
      }
    }
  }

  # Keys, sessions, and tokens.
  dynamic "redacted_fields" {
    for_each = ["authorization", "cookie"]

    content {
      single_header {
        name = redacted_fields.value
      }
    }
  }

  redacted_fields {
    query_string {}
  }
}
