# Who may do what: each service's capabilities, in the words of modules/capabilities/vocabulary.tf.

locals {
  s3 = { for role, name in local.bucket_names : role => "arn:${data.aws_partition.this.partition}:s3:::${name}" }

  # The keys of derivatives: what is made of images, and what belongs to the whole library.
  derived = ["images/*", "library/*"]
  upload  = ["uploads/*"]

  telemetry = { for service in ["web", "api", "delivery", "worker", "migrate"] : service => {
    trace   = { may = "trace" }
    metrics = { may = "write-log", on = [module.task[service].metrics_log_group_arn] }
  } }

  catalog_password = {
    catalog-password     = { may = "read-secret", on = [module.database.password_secret_arn] }
    catalog-password-key = { may = "use-key", on = [module.database_key.arn] }
  }

  capabilities = {
    web = local.telemetry.web

    api = merge(local.telemetry.api, local.catalog_password, {
      read-originals   = { may = "read-objects", on = [local.s3.originals] }
      write-originals  = { may = "write-objects", on = [local.s3.originals] }
      list-buckets     = { may = "list-objects", on = [local.s3.originals, local.s3.uploads, local.s3.derivatives] }
      read-uploads     = { may = "read-objects", on = [local.s3.uploads], keys = local.upload }
      write-uploads    = { may = "write-objects", on = [local.s3.uploads], keys = local.upload }
      upload-parts     = { may = "upload-parts", on = [local.s3.uploads], keys = local.upload }
      read-derivatives = { may = "read-objects", on = [local.s3.derivatives], keys = local.derived }
      use-objects-key  = { may = "use-key", on = [module.objects_key.arn] }
      see-queues       = { may = "see-queue", on = [module.queue.arn, module.queue.dead_arn] }
      redrive-receive  = { may = "receive-messages", on = [module.queue.dead_arn] }
      redrive-extend   = { may = "extend-messages", on = [module.queue.dead_arn] }
      redrive-send     = { may = "send-messages", on = [module.queue.arn, module.queue.dead_arn] }
      use-messages-key = { may = "use-key", on = [module.messages_key.arn] }
    })

    delivery = merge(local.telemetry.delivery, {
      read-originals    = { may = "read-objects", on = [local.s3.originals] }
      read-derivatives  = { may = "read-objects", on = [local.s3.derivatives], keys = local.derived }
      write-derivatives = { may = "write-objects", on = [local.s3.derivatives], keys = local.derived }
      list-derivatives  = { may = "list-objects", on = [local.s3.derivatives] }
      use-objects-key   = { may = "use-key", on = [module.objects_key.arn] }
    })

    worker = merge(local.telemetry.worker, local.catalog_password, {
      read-originals    = { may = "read-objects", on = [local.s3.originals] }
      write-originals   = { may = "write-objects", on = [local.s3.originals] }
      read-uploads      = { may = "read-objects", on = [local.s3.uploads], keys = local.upload }
      write-uploads     = { may = "write-objects", on = [local.s3.uploads], keys = local.upload }
      read-derivatives  = { may = "read-objects", on = [local.s3.derivatives], keys = local.derived }
      write-derivatives = { may = "write-objects", on = [local.s3.derivatives], keys = local.derived }
      list-buckets      = { may = "list-objects", on = [local.s3.originals, local.s3.uploads, local.s3.derivatives] }
      parts             = { may = "upload-parts", on = [local.s3.originals, local.s3.uploads, local.s3.derivatives] }
      use-objects-key   = { may = "use-key", on = [module.objects_key.arn] }
      see-queue         = { may = "see-queue", on = [module.queue.arn] }
      extend-jobs       = { may = "extend-messages", on = [module.queue.arn] }
      receive-jobs      = { may = "receive-messages", on = [module.queue.arn, module.queue.dead_arn] }
      send-jobs         = { may = "send-messages", on = [module.queue.arn, module.queue.dead_arn] }
      publish-events    = { may = "publish", on = [module.events.arn] }
      use-messages-key  = { may = "use-key", on = [module.messages_key.arn] }
      purge-edge        = { may = "purge-edge", on = [module.edge.distribution_arn] }
    })

    migrate = merge(local.telemetry.migrate, local.catalog_password)
  }
}

module "role" {
  source               = "../../modules/role"
  for_each             = toset(["web", "api", "delivery", "worker", "migrate"])
  name                 = "${var.name}-${each.key}"
  permissions_boundary = var.permissions_boundary
}

module "capabilities" {
  source       = "../../modules/capabilities"
  for_each     = local.capabilities
  role         = module.role[each.key].name
  capabilities = each.value
}
