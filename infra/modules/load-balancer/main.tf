# The application load balancer behind CloudFront.
#
# Owns: the balancer, its two listeners (live, and for trying a release first), a pair of target groups for each service, and
# who may reach it. Refuses: whatever does not come through CloudFront, and paths that no service takes.

locals {
  live_port = 443
  test_port = 8443
}

# CloudFront's addresses weigh 55 of the 60 rules that a security group may have: it has to itself.
resource "aws_security_group" "edge" {
  name        = "${var.name}-from-edge"
  description = "The load balancer, from CloudFront"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-from-edge" }
}

data "aws_ec2_managed_prefix_list" "cloudfront" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}

resource "aws_vpc_security_group_ingress_rule" "edge" {
  security_group_id = aws_security_group.edge.id
  description       = "HTTPS from CloudFront"
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront.id
  ip_protocol       = "tcp"
  from_port         = local.live_port
  to_port           = local.live_port
}

resource "aws_vpc_security_group_ingress_rule" "test" {
  security_group_id = var.security_group_id
  description       = "A release that is tried before it is live, from within the VPC"
  cidr_ipv4         = var.vpc_cidr
  ip_protocol       = "tcp"
  from_port         = local.test_port
  to_port           = local.test_port
}

resource "aws_lb" "this" {
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = var.internal
  subnets                    = var.subnet_ids
  security_groups            = [aws_security_group.edge.id, var.security_group_id]
  enable_deletion_protection = var.protect
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  # Longer than CloudFront waits for an origin, so that it is never the balancer that closes first.
  idle_timeout = 75

  access_logs {
    enabled = true
    bucket  = var.log_bucket
    prefix  = "load-balancer"
  }
}

resource "aws_route53_record" "this" {
  zone_id = var.zone_id
  name    = var.domain_name
  type    = "A"

  alias {
    name                   = aws_lb.this.dns_name
    zone_id                = aws_lb.this.zone_id
    evaluate_target_health = false
  }
}

# Two for each service: one is live, the other gets the next release, and then they change places. Numbers, since neither
# stays the blue or the green one.
resource "aws_lb_target_group" "this" {
  for_each = merge([for name, service in var.services : {
    "${name}-1" = service
    "${name}-2" = service
  }]...)

  name                          = "${var.name}-${each.key}"
  vpc_id                        = var.vpc_id
  target_type                   = "ip"
  protocol                      = "HTTP"
  port                          = each.value.port
  load_balancing_algorithm_type = "least_outstanding_requests"
  # The longest answer but uploads and event streams, which browsers take up again, is a render of ten seconds.
  deregistration_delay = 30

  health_check {
    path                = each.value.health
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "this" {
  for_each          = { live = local.live_port, test = local.test_port }
  load_balancer_arn = aws_lb.this.arn
  port              = each.value
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type = "fixed-response"

    fixed_response {
      status_code  = "403"
      content_type = "text/plain"
      message_body = "Not by this way."
    }
  }
}

resource "aws_lb_listener_rule" "this" {
  for_each = merge([for name, service in var.services : {
    "live-${name}" = { listener = "live", service = name }
    "test-${name}" = { listener = "test", service = name }
  }]...)

  listener_arn = aws_lb_listener.this[each.value.listener].arn
  priority     = var.services[each.value.service].priority

  condition {
    path_pattern {
      values = var.services[each.value.service].paths
    }
  }

  dynamic "condition" {
    for_each = var.internal ? [] : ["X-Origin-Secret"]

    content {
      http_header {
        http_header_name = condition.value
        values           = [var.origin_secret]
      }
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this["${each.value.service}-1"].arn
  }

  lifecycle {
    # Which of the two is live is for CodeDeploy to say.
    ignore_changes = [action]
  }
}
