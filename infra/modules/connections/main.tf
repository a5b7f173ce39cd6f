# Who may open connections to whom.
#
# Owns: the security groups within the VPC and every rule between them, in one list that can be read. Refuses: addresses in place of
# groups, and ways in from the internet.

resource "aws_security_group" "this" {
  for_each    = var.groups
  name        = "${var.name}-${each.key}"
  description = each.value
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each                     = var.connections
  security_group_id            = aws_security_group.this[each.value.to].id
  description                  = "From ${each.value.from}"
  referenced_security_group_id = aws_security_group.this[each.value.from].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each                     = var.connections
  security_group_id            = aws_security_group.this[each.value.from].id
  description                  = "To ${each.value.to}"
  referenced_security_group_id = aws_security_group.this[each.value.to].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "internet" {
  for_each = merge([for group, ports in var.internet : {
    for port in ports : "${group}-${port}" => { group = group, port = port }
  }]...)

  security_group_id = aws_security_group.this[each.value.group].id
  description       = each.value.port == 443 ? "AWS, by endpoint or NAT, and the internet" : "Plain HTTP of others"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
}
