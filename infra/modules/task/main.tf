# A task of one of Tintype's roles, with the collector beside it.
#
# Owns: the task definition, its log groups, the role that starts it. Refuses: root, a writable root folder, capabilities of the
# kernel, and x86: ARM costs a fifth less for the same.

locals {
  temporary = "temporary"

  program = {
    name                   = var.role
    image                  = var.image
    essential              = true
    user                   = "65532:65532"
    readonlyRootFilesystem = true
    # The program, and not a shell, is process 1; what it starts and loses is for init.
    linuxParameters = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    environment     = [for name in sort(keys(local.environment)) : { name = name, value = local.environment[name] }]
    secrets         = [for name in sort(keys(var.secrets)) : { name = name, valueFrom = var.secrets[name] }]
    # The image declares /tmp a volume: Fargate then gives it the image's owner and mode, and root's otherwise.
    mountPoints  = [{ sourceVolume = local.temporary, containerPath = "/tmp", readOnly = false }]
    portMappings = [for port in var.listens[*] : { containerPort = port, hostPort = port, protocol = "tcp" }]
    stopTimeout  = var.stop_timeout_s
    dependsOn    = [{ containerName = "collector", condition = "START" }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.program.name
        awslogs-region        = data.aws_region.this.name
        awslogs-stream-prefix = var.role
        # A full buffer drops lines rather than standing in the program's way.
        mode            = "non-blocking"
        max-buffer-size = "4m"
      }
    }
  }

  health = var.listens == null ? {} : {
    healthCheck = {
      command     = ["CMD", "/usr/local/bin/tintype", "healthcheck"]
      interval    = 10
      timeout     = 5
      retries     = 3
      startPeriod = 30
    }
  }

  collector = {
    name                   = "collector"
    image                  = var.collector_image
    essential              = false
    readonlyRootFilesystem = true
    environment            = [{ name = "AOT_CONFIG_CONTENT", value = local.collector_configuration }]
    # The program's last spans come while it stops.
    stopTimeout = 120
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.program.name
        awslogs-region        = data.aws_region.this.name
        awslogs-stream-prefix = "collector"
      }
    }
  }

  environment = merge(var.environment, {
    OTEL_SERVICE_NAME               = "tintype-${var.role}"
    TINTYPE_TELEMETRY_OTLP_ENDPOINT = "http://127.0.0.1:4318"
  }, { for port in var.listens[*] : "TINTYPE_LISTEN" => "0.0.0.0:${port}" })
}

data "aws_region" "this" {}

resource "aws_cloudwatch_log_group" "program" {
  name              = var.log_group.name
  retention_in_days = var.log_group.retention_days
  kms_key_id        = var.log_group.key_arn
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory_mib
  execution_role_arn       = module.execution.arn
  task_role_arn            = var.role_arn
  container_definitions    = jsonencode([merge(local.program, local.health), local.collector])
  # Releases are rolled back to: what Terraform replaces stays registered.
  skip_destroy = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "ARM64"
  }

  volume {
    name = local.temporary
  }
}

# What ECS needs to start the task; the program cannot act as this role.
module "execution" {
  source               = "../role"
  name                 = "${var.name}-start"
  permissions_boundary = var.permissions_boundary
}

module "execution_capabilities" {
  source = "../capabilities"
  role   = module.execution.name

  capabilities = merge(
    {
      sign-in = { may = "sign-in-to-registry" }
      pull    = { may = "pull-image", on = [var.repository_arn] }
      log     = { may = "write-log", on = [aws_cloudwatch_log_group.program.arn] }
    },
    { for name, arn in var.secrets : "read-${lower(replace(name, "_", "-"))}" => { may = "read-secret", on = [arn] } },
    { for i, arn in var.secret_key_arns : "key-${i}" => { may = "use-key", on = [arn] } },
  )
}
