# The public side: CloudFront before everything.
#
# Owns: the distribution, what is cached under which key, the two names of the public domain. Refuses: plain HTTP, old TLS, and
# query strings in the keys of pictures, which delivery does not read.

locals {
  # AWS's own policies. By their ids, which are the same everywhere, and documented.
  caching_optimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  caching_disabled  = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
  all_viewer        = "216adef6-5c7f-47e4-b989-5492eafa07d3"

  reads  = ["GET", "HEAD", "OPTIONS"]
  writes = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]

  origins = {
    application = { shield = false }
    # Apart, since only before delivery a shield pays.
    delivery = { shield = var.shield_region != null }
  }

  behaviours = {
    "/i/*"      = { origin = "delivery", methods = local.reads, cache = aws_cloudfront_cache_policy.pictures.id, request = null, compress = false, function = true }
    "/static/*" = { origin = "static-or-web", methods = local.reads, cache = local.caching_optimized, request = null, compress = true, function = false }
    "/errors/*" = { origin = "static", methods = local.reads, cache = local.caching_optimized, request = null, compress = true, function = false }
    "/api/*"    = { origin = "application", methods = local.writes, cache = local.caching_disabled, request = local.all_viewer, compress = true, function = false }
  }
  # Tried in this order.
  paths = ["/i/*", "/static/*", "/errors/*", "/api/*"]
}

resource "aws_cloudfront_vpc_origin" "this" {
  count = var.origin.vpc ? 1 : 0

  vpc_origin_endpoint_config {
    name                   = var.name
    arn                    = var.origin.arn
    http_port              = 80
    https_port             = 443
    origin_protocol_policy = "https-only"

    origin_ssl_protocols {
      items    = ["TLSv1.2"]
      quantity = 1
    }
  }
}

resource "aws_cloudfront_origin_access_control" "static" {
  name                              = "${var.name}-static"
  description                       = "Reads the static files"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# The path, and what kind of client it is. Delivery's Cache-Control says how long; what it says nothing about is not kept.
resource "aws_cloudfront_cache_policy" "pictures" {
  name        = "${var.name}-pictures"
  comment     = "By path and kind of client"
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = 31536000

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = false
    enable_accept_encoding_gzip   = false

    cookies_config {
      cookie_behavior = "none"
    }

    headers_config {
      header_behavior = "whitelist"

      headers {
        items = ["Accept"]
      }
    }

    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

resource "aws_cloudfront_response_headers_policy" "this" {
  name    = "${var.name}-standing"
  comment = "On every answer; what the services say themselves stays"

  security_headers_config {
    content_type_options {
      override = false
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      include_subdomains         = true
      override                   = false
    }
  }
}

# One function of three files: a behaviour takes one of a kind.
resource "aws_cloudfront_function" "delivery" {
  name    = "${var.name}-delivery"
  comment = "Three kinds of clients; refuses what the grammar refuses"
  runtime = "cloudfront-js-2.0"
  publish = true
  code    = join("\n", [for file in ["accept.js", "refuse.js", "delivery.js"] : file("${path.module}/functions/${file}")])
}

resource "aws_cloudfront_distribution" "this" {
  comment         = var.name
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  price_class     = var.price_class
  aliases         = [var.domain_name]
  web_acl_id      = aws_wafv2_web_acl.this.arn

  dynamic "origin" {
    for_each = local.origins

    content {
      origin_id = origin.key
      # The name in the origin's certificate, also where the way to it is by its ARN.
      domain_name         = var.origin.domain_name
      connection_attempts = 3
      connection_timeout  = 5

      dynamic "custom_header" {
        for_each = var.origin.vpc ? [] : ["X-Origin-Secret"]

        content {
          name  = custom_header.value
          value = var.origin_secret
        }
      }

      dynamic "vpc_origin_config" {
        for_each = aws_cloudfront_vpc_origin.this[*].id

        content {
          vpc_origin_id            = vpc_origin_config.value
          origin_read_timeout      = 60
          origin_keepalive_timeout = 60
        }
      }

      dynamic "custom_origin_config" {
        for_each = var.origin.vpc ? [] : [443]

        content {
          http_port                = 80
          https_port               = custom_origin_config.value
          origin_protocol_policy   = "https-only"
          origin_ssl_protocols     = ["TLSv1.2"]
          origin_read_timeout      = 60
          origin_keepalive_timeout = 60
        }
      }

      dynamic "origin_shield" {
        for_each = origin.value.shield ? [var.shield_region] : []

        content {
          enabled              = true
          origin_shield_region = origin_shield.value
        }
      }
    }
  }

  origin {
    origin_id                = "static"
    domain_name              = var.static_bucket_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.static.id
  }

  # A release's files come into the bucket when its pages are live, and stay. Whatever is missing there, the pages' own service has.
  origin_group {
    origin_id = "static-or-web"

    failover_criteria {
      status_codes = [403, 404, 500, 502, 503, 504]
    }

    member {
      origin_id = "static"
    }

    member {
      origin_id = "application"
    }
  }

  default_cache_behavior {
    target_origin_id           = "application"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = local.writes
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = local.caching_disabled
    origin_request_policy_id   = local.all_viewer
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id
  }

  dynamic "ordered_cache_behavior" {
    for_each = local.paths

    content {
      path_pattern               = ordered_cache_behavior.value
      target_origin_id           = local.behaviours[ordered_cache_behavior.value].origin
      viewer_protocol_policy     = "redirect-to-https"
      allowed_methods            = local.behaviours[ordered_cache_behavior.value].methods
      cached_methods             = ["GET", "HEAD"]
      compress                   = local.behaviours[ordered_cache_behavior.value].compress
      cache_policy_id            = local.behaviours[ordered_cache_behavior.value].cache
      origin_request_policy_id   = local.behaviours[ordered_cache_behavior.value].request
      response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id

      dynamic "function_association" {
        for_each = local.behaviours[ordered_cache_behavior.value].function ? ["viewer-request"] : []

        content {
          event_type   = function_association.value
          function_arn = aws_cloudfront_function.delivery.arn
        }
      }
    }
  }

  # What the balancer or CloudFront itself answers where nobody does. The services' own problems (503, 429) stay as they are.
  dynamic "custom_error_response" {
    for_each = [502, 504]

    content {
      error_code            = custom_error_response.value
      response_code         = custom_error_response.value
      response_page_path    = "/errors/unavailable.html"
      error_caching_min_ttl = 1
    }
  }

  logging_config {
    bucket = var.log_bucket_domain_name
    prefix = "edge/"
    # Cookies are sessions.
    include_cookies = false
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = var.certificate_arn
    minimum_protocol_version = "TLSv1.2_2021"
    ssl_support_method       = "sni-only"
  }
}

# Among them the cache hit ratio, which an operator looks at first.
resource "aws_cloudfront_monitoring_subscription" "this" {
  distribution_id = aws_cloudfront_distribution.this.id

  monitoring_subscription {
    realtime_metrics_subscription_config {
      realtime_metrics_subscription_status = "Enabled"
    }
  }
}

resource "aws_route53_record" "this" {
  for_each = toset(["A", "AAAA"])
  zone_id  = var.zone_id
  name     = var.domain_name
  type     = each.key

  alias {
    name                   = aws_cloudfront_distribution.this.domain_name
    zone_id                = aws_cloudfront_distribution.this.hosted_zone_id
    evaluate_target_health = false
  }
}
