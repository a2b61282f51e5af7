# One function as a Cloud Run service. What it may do is not said here but in its `service_*.tf`.

terraform {
  required_providers {
    google = {
      source = "hashicorp/google"
    }
  }
}

locals {
  # functions-framework hosts what has no host of its own.
  framework = "node_modules/@google-cloud/functions-framework/build/src/main.js"
  args = var.target == null ? ["dist/${var.bundle}.cjs"] : [
    local.framework, "--source=dist/${var.bundle}.cjs", "--target=${var.target}", "--signature-type=${var.signature}",
  ]
  collector = var.telemetry.collector_image != null

  telemetry_env = !local.collector ? {} : {
    OTEL_EXPORTER_OTLP_ENDPOINT = "http://localhost:4318"
    MESH_TRACE_RATIO            = tostring(var.telemetry.trace_ratio)
  }
}

resource "google_cloud_run_v2_service" "this" {
  name                 = var.name
  location             = var.location
  ingress              = var.ingress
  default_uri_disabled = var.default_uri_disabled
  deletion_protection  = var.deletion_protection
  # But for the router, nobody calls without `run.invoker`.
  invoker_iam_disabled = var.invoker_iam_disabled

  template {
    service_account                  = var.service_account
    timeout                          = "${var.timeout_seconds}s"
    max_instance_request_concurrency = var.concurrency
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    session_affinity                 = false

    scaling {
      min_instance_count = var.min_instances
      max_instance_count = var.max_instances
    }

    containers {
      name       = "function"
      image      = var.image
      command    = ["node"]
      args       = concat(["--enable-source-maps"], local.args)
      depends_on = local.collector ? ["collector"] : []

      ports {
        name           = var.http2 ? "h2c" : "http1"
        container_port = 8080
      }
      resources {
        limits            = { cpu = tostring(var.cpu), memory = var.memory }
        cpu_idle          = !var.cpu_always
        startup_cpu_boost = true
      }
      dynamic "env" {
        for_each = merge(var.env, local.telemetry_env)
        content {
          name  = env.key
          value = env.value
        }
      }
      dynamic "env" {
        for_each = var.secret_env
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = env.value
              version = "latest"
            }
          }
        }
      }

      dynamic "volume_mounts" {
        for_each = var.files == null ? [] : [var.files]
        content {
          name       = "files"
          mount_path = volume_mounts.value.path
        }
      }

      startup_probe {
        period_seconds    = 1
        timeout_seconds   = 1
        failure_threshold = 30
        dynamic "http_get" {
          for_each = var.ready_path == null ? [] : [var.ready_path]
          content {
            path = http_get.value
            port = 8080
          }
        }
        dynamic "tcp_socket" {
          for_each = var.ready_path == null ? [8080] : []
          content {
            port = tcp_socket.value
          }
        }
      }
      dynamic "liveness_probe" {
        for_each = var.alive_path == null ? [] : [var.alive_path]
        content {
          period_seconds    = 10
          timeout_seconds   = 5
          failure_threshold = 3
          http_get {
            path = liveness_probe.value
            port = 8080
          }
        }
      }
    }

    dynamic "volumes" {
      for_each = var.files == null ? [] : [var.files]
      content {
        name = "files"
        gcs {
          bucket    = volumes.value.bucket
          read_only = true
          # Else a change would not be seen for a minute.
          # https://cloud.google.com/run/docs/configuring/services/cloud-storage-volume-mounts#memory-requirements
          mount_options = ["metadata-cache-ttl-secs=1"]
        }
      }
    }

    dynamic "containers" {
      for_each = local.collector ? [var.telemetry.collector_image] : []
      content {
        name  = "collector"
        image = containers.value
        args  = ["--config=env:COLLECTOR_CONFIG"]

        resources {
          limits   = { cpu = "0.5", memory = "256Mi" }
          cpu_idle = !var.cpu_always
        }
        env {
          name  = "COLLECTOR_CONFIG"
          value = file("${path.module}/collector.yaml")
        }
        startup_probe {
          period_seconds    = 1
          timeout_seconds   = 1
          failure_threshold = 30
          http_get {
            path = "/"
            port = 13133
          }
        }
      }
    }
  }

  traffic {
    type    = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    percent = 100
  }
}
