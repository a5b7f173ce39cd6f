output "url" {
  description = "What people open."
  value       = local.public_url
}

output "name_servers" {
  description = "What the parent zone has to delegate to, where the zone was made here."
  value       = module.dns.name_servers
}

output "queue_url" {
  description = "The queue of jobs."
  value       = module.queue.url
}

output "dead_letter_queue_url" {
  description = "The queue of jobs that were given up."
  value       = module.queue.dead_url
}

output "events_topic_arn" {
  description = "The topic of events."
  value       = module.events.arn
}

output "buckets" {
  description = "The buckets, by their roles."
  value = {
    originals   = module.originals.name
    uploads     = module.uploads.name
    derivatives = module.derivatives.name
    static      = module.static.name
    logs        = module.logs.name
  }
}

output "policies" {
  description = "What each service may do, as the policy document of its role."
  value       = { for name, capabilities in module.capabilities : name => capabilities.policy }
}

output "repositories" {
  description = "Where the images of each role are pushed."
  value       = { for role in keys(local.sizes) : role => module.registry.urls["${var.name}/tintype-${role}"] }
}

output "dashboard_url" {
  description = "The dashboard."
  value       = module.observability.dashboard_url
}

output "distribution_id" {
  description = "The distribution."
  value       = module.edge.distribution_id
}

# What infra/release needs.
output "release" {
  description = "Cluster, services, task definitions and deployment groups of this release, and where a migration runs."
  value = {
    region      = local.region
    version     = var.release
    url         = local.public_url
    cluster     = module.cluster.name
    application = module.release.application
    port        = local.port
    static      = module.static.name
    services    = { for name, service in module.service : name => service.name }
    groups      = module.release.groups
    tasks       = { for name, task in module.task : name => task.definition_arn }
    migrate     = { subnets = module.network.private_subnet_ids, security_group = module.connections.ids["migrate"] }
  }
}
