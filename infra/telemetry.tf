# What functions tell of themselves, by name, and what else is counted from their log.

locals {
  telemetry = { collector_image = var.collector_image, trace_ratio = var.trace_ratio }

  # Only where a collector speaks.
  telemetry_roles = var.collector_image == null ? toset([]) : toset(["roles/monitoring.metricWriter", "roles/cloudtrace.agent"])

  # Metrics of the functions, as `functions/platform/telemetry/metric-names.ts` has them, and in PromQL. A histogram is asked
  # by its buckets: `<name>_bucket`.
  metrics = {
    for name in [
      "gen_ai.client.token.usage",
      "gen_ai.server.request.duration",
      "gen_ai.server.time_to_first_token",
      "mesh.added_latency",
      "mesh.breaker.transitions",
      "mesh.breakers.open",
      "mesh.charges.lost",
      "mesh.cost",
      "mesh.events.lag",
      "mesh.fx.age",
      "mesh.holds.expired",
      "mesh.lease.transactions",
      "mesh.overage",
      "mesh.request.errors",
      "mesh.requests",
      "mesh.schedule.success",
      "mesh.background.failures",
      "mesh.log.dropped",
    ] : name => "workload.googleapis.com/${name}"
  }

  # Alerts that functions raise (`functions/core/alerts/alerts.ts`): those that an operator is told of by a policy of the same
  # purpose, and those that are an owner's own affair and go to the topic `alerts` alone.
  raised_alerts = {
    operator = ["breaker_open", "channel_disabled", "credential_refused", "dead_letter", "overage", "rate_jump", "stale_rate", "usage_capped"]
    owner    = ["cap_100", "cap_50", "cap_75", "cap_90", "low_balance"]
  }
}

resource "google_logging_metric" "raised_alerts" {
  name        = "mesh/alerts"
  description = "Alerts that functions raised, each once, by kind"
  filter      = <<-EOT
    resource.type="cloud_run_revision"
    jsonPayload.message="alert"
    jsonPayload.kind=("${join("\" OR \"", concat(local.raised_alerts.operator, local.raised_alerts.owner))}")
  EOT

  label_extractors = { kind = "EXTRACT(jsonPayload.kind)" }
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    labels {
      key         = "kind"
      value_type  = "STRING"
      description = "What happened"
    }
  }

  depends_on = [google_project_service.used]
}
