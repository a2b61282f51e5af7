# Whether Mesh answers, asked by Google from outside: what nothing within can tell of. Only where there is a domain.

locals {
  uptime_path = "/v1/api-versions"

  # What is asked of the answers, and the alert of the same name that says when they are no longer good enough. A check writes a
  # point for each place that asks. https://cloud.google.com/monitoring/uptime-checks
  uptime_alerts = {
    unreachable = {
      title    = "Mesh does not answer"
      severity = "CRITICAL"
      metric   = "monitoring.googleapis.com/uptime_check/check_passed"
      # More than one place finds it gone.
      aligner    = "ALIGN_NEXT_OLDER"
      reducer    = "REDUCE_COUNT_FALSE"
      comparison = "COMPARISON_GT"
      threshold  = 1
      for        = "120s"
    }
    certificate = {
      title      = "The certificate runs out"
      severity   = "ERROR"
      metric     = "monitoring.googleapis.com/uptime_check/time_until_ssl_cert_expires"
      aligner    = "ALIGN_NEXT_OLDER"
      reducer    = "REDUCE_MIN"
      comparison = "COMPARISON_LT"
      threshold  = var.thresholds.certificate_days
      for        = "600s"
    }
  }
}

# Not `/healthz`: Cloud Run keeps some paths that end in z for itself. It needs no key and reads no store.
resource "google_monitoring_uptime_check_config" "edge" {
  count = local.edge ? 1 : 0

  display_name = "Mesh answers"
  period       = "60s"
  timeout      = "10s"

  http_check {
    path         = local.uptime_path
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }
  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project_id, host = var.domain }
  }

  depends_on = [google_project_service.used]
}

resource "google_monitoring_alert_policy" "uptime" {
  for_each = local.edge ? local.uptime_alerts : {}

  display_name          = each.value.title
  severity              = each.value.severity
  combiner              = "OR"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  conditions {
    display_name = each.value.title
    condition_threshold {
      filter          = <<-EOT
        resource.type="uptime_url"
        metric.type="${each.value.metric}"
        metric.label.check_id="${google_monitoring_uptime_check_config.edge[0].uptime_check_id}"
      EOT
      comparison      = each.value.comparison
      threshold_value = each.value.threshold
      duration        = each.value.for
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.reducer
        group_by_fields      = ["resource.label.host"]
      }
    }
  }
  alert_strategy {
    auto_close = "86400s"
  }
  documentation {
    mime_type = "text/markdown"
    subject   = "Mesh ${var.environment}: ${each.value.title}"
    content   = "What it means and what to do: [${each.key}](${local.playbook[each.key]})"
    links {
      display_name = "Playbook: ${each.key}"
      url          = local.playbook[each.key]
    }
  }
}
