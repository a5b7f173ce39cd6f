output "url" {
  description = "What people open."
  value       = module.tintype.url
}

output "name_servers" {
  description = "What the parent zone has to delegate to, where the zone was made here."
  value       = module.tintype.name_servers
}

output "queue_url" {
  description = "The queue of jobs."
  value       = module.tintype.queue_url
}

output "dead_letter_queue_url" {
  description = "The queue of jobs that were given up."
  value       = module.tintype.dead_letter_queue_url
}

output "events_topic_arn" {
  description = "The topic of events."
  value       = module.tintype.events_topic_arn
}

output "buckets" {
  description = "The buckets, by their roles."
  value       = module.tintype.buckets
}

output "policies" {
  description = "What each service may do, as the policy document of its role."
  value       = module.tintype.policies
}

output "repositories" {
  description = "Where the images of each role are pushed."
  value       = module.tintype.repositories
}

output "dashboard_url" {
  description = "The dashboard."
  value       = module.tintype.dashboard_url
}

output "distribution_id" {
  description = "The distribution."
  value       = module.tintype.distribution_id
}

output "release" {
  description = "What infra/release needs."
  value       = module.tintype.release
}
