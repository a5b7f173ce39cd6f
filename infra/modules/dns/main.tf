# The public name and its certificates.
#
# Owns: the hosted zone where none is given, one certificate for CloudFront and one for the load balancer. Refuses: to be done
# before both are valid: until the parent zone delegates to this one, it waits.

locals {
  origin_name = "origin.${var.domain_name}"
  zone_id     = var.zone_id == null ? aws_route53_zone.this[0].zone_id : var.zone_id
}

resource "aws_route53_zone" "this" {
  count   = var.zone_id == null ? 1 : 0
  name    = var.domain_name
  comment = "Tintype"
}

# Whoever may make certificates for the name. In the zone itself, so only where it is ours.
resource "aws_route53_record" "caa" {
  count   = var.zone_id == null ? 1 : 0
  zone_id = local.zone_id
  name    = var.domain_name
  type    = "CAA"
  ttl     = 3600
  records = ["0 issue \"amazon.com\""]
}

resource "aws_acm_certificate" "edge" {
  provider          = aws.us_east_1
  domain_name       = var.domain_name
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

# For both names: CloudFront asks for the one that is in the Host header, or for the origin's own where it sends no Host.
resource "aws_acm_certificate" "origin" {
  domain_name               = local.origin_name
  subject_alternative_names = [var.domain_name]
  validation_method         = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

# ACM asks for the same record for one name in every region: the public name's is the edge's.
resource "aws_route53_record" "validation" {
  for_each = {
    edge   = one([for option in aws_acm_certificate.edge.domain_validation_options : option if option.domain_name == var.domain_name])
    origin = one([for option in aws_acm_certificate.origin.domain_validation_options : option if option.domain_name == local.origin_name])
  }

  zone_id         = local.zone_id
  name            = each.value.resource_record_name
  type            = each.value.resource_record_type
  records         = [each.value.resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "edge" {
  provider                = aws.us_east_1
  certificate_arn         = aws_acm_certificate.edge.arn
  validation_record_fqdns = [aws_route53_record.validation["edge"].fqdn]
}

resource "aws_acm_certificate_validation" "origin" {
  certificate_arn = aws_acm_certificate.origin.arn
  depends_on      = [aws_route53_record.validation]
}
