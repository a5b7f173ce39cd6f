output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "cidr" {
  description = "Its addresses."
  value       = aws_vpc.this.cidr_block
}

output "public_subnet_ids" {
  description = "Where gateways stand, and a public load balancer."
  value       = [for subnet in aws_subnet.public : subnet.id]
}

output "private_subnet_ids" {
  description = "Where tasks run."
  value       = [for subnet in aws_subnet.private : subnet.id]
}

output "database_subnet_ids" {
  description = "Where the database stands: without any way out."
  value       = [for subnet in aws_subnet.database : subnet.id]
}

output "nat_addresses" {
  description = "The addresses that requests to the internet come from."
  value       = [for address in aws_eip.nat : address.public_ip]
}
