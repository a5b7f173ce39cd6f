# The AWS distribution of the OpenTelemetry collector: traces to X-Ray, metrics to CloudWatch as embedded metric format.

resource "aws_cloudwatch_log_group" "metrics" {
  name              = "${var.log_group.name}/metrics"
  retention_in_days = 30
  kms_key_id        = var.log_group.key_arn
}

locals {
  collector_configuration = yamlencode({
    receivers = {
      otlp = { protocols = { http = { endpoint = "127.0.0.1:4318" } } }
    }
    processors = {
      memory_limiter = { check_interval = "1s", limit_mib = 100 }
      batch          = { timeout = "5s" }
      resource = { attributes = [
        { key = "service.name", value = "tintype-${var.role}", action = "upsert" },
      ] }
    }
    exporters = {
      awsxray = { region = data.aws_region.this.name, indexed_attributes = ["image.id", "job.kind"] }
      awsemf = {
        region                  = data.aws_region.this.name
        namespace               = "Tintype"
        log_group_name          = "${var.log_group.name}/metrics"
        log_stream_name         = "{TaskId}"
        dimension_rollup_option = "NoDimensionRollup"
      }
    }
    service = { pipelines = {
      traces  = { receivers = ["otlp"], processors = ["memory_limiter", "resource", "batch"], exporters = ["awsxray"] }
      metrics = { receivers = ["otlp"], processors = ["memory_limiter", "resource", "batch"], exporters = ["awsemf"] }
    } }
  })
}
