output "name" {
  description = "The service's name: known once it is there."
  value       = one(concat(aws_ecs_service.blue_green[*].name, aws_ecs_service.rolling[*].name))
}
