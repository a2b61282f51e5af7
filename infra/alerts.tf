# Who is told of what. Each alert is one line of PromQL, and a playbook of the same name in `operate/playbooks/`.
#
# PromQL because it says ratios and percentiles plainly, and may ask for metrics that have not been written yet: other
# conditions cannot be created before the first of them is there.

locals {
  run = "monitored_resource=\"cloud_run_revision\""

  alerts = {
    server-errors = {
      title    = "Requests fail"
      severity = "CRITICAL"
      for      = "300s"
      query    = <<-EOT
        sum(rate({"run.googleapis.com/request_count",${local.run},service_name="router",response_code_class="5xx"}[5m]))
          / sum(rate({"run.googleapis.com/request_count",${local.run},service_name="router"}[5m])) > ${var.thresholds.error_ratio}
      EOT
    }
    added-latency = {
      title    = "Mesh itself is slow"
      severity = "WARNING"
      for      = "600s"
      query    = <<-EOT
        histogram_quantile(0.99, sum by (le) (rate({"${local.metrics["mesh.added_latency"]}_bucket"}[5m]))) > ${var.thresholds.added_latency_seconds}
      EOT
    }
    breaker-open = {
      title    = "An endpoint is out of use"
      severity = "WARNING"
      for      = "${var.thresholds.breaker_open_minutes * 60}s"
      query    = <<-EOT
        max({"${local.metrics["mesh.breakers.open"]}"}) > 0
      EOT
    }
    overage = {
      title    = "Answers cost more than was held for them"
      severity = "WARNING"
      for      = "0s"
      query    = <<-EOT
        sum(increase({"${local.metrics["mesh.overage"]}"}[1h])) > ${var.thresholds.overage_usd_an_hour}
      EOT
    }
    holds-expired = {
      title    = "Requests died with their instance"
      severity = "WARNING"
      for      = "0s"
      query    = <<-EOT
        sum(increase({"${local.metrics["mesh.holds.expired"]}"}[15m])) > 0
      EOT
    }
    charges-lost = {
      title    = "Answers were not charged"
      severity = "ERROR"
      for      = "0s"
      query    = <<-EOT
        sum(increase({"${local.metrics["mesh.charges.lost"]}"}[15m])) > 0
      EOT
    }
    dead-letters = {
      title    = "Messages were given up"
      severity = "ERROR"
      for      = "0s"
      query    = <<-EOT
        sum(increase({"pubsub.googleapis.com/subscription/dead_letter_message_count",monitored_resource="pubsub_subscription"}[15m])) > 0
          or max({"pubsub.googleapis.com/subscription/num_undelivered_messages",monitored_resource="pubsub_subscription",subscription_id="${google_pubsub_subscription.parked.name}"}) > 0
      EOT
    }
    event-lag = {
      title    = "Usage is counted late"
      severity = "WARNING"
      for      = "300s"
      query    = <<-EOT
        histogram_quantile(0.95, sum by (le) (rate({"${local.metrics["mesh.events.lag"]}_bucket"}[10m]))) > ${var.thresholds.event_lag_seconds}
          or max({"pubsub.googleapis.com/subscription/oldest_unacked_message_age",monitored_resource="pubsub_subscription",subscription_id=~"${join("|", concat(keys(local.pushes), keys(local.warehouses)))}"}) > ${var.thresholds.event_lag_seconds}
      EOT
    }
    stale-rate = {
      title    = "The exchange rate is old"
      severity = "WARNING"
      for      = "0s"
      query    = <<-EOT
        max({"${local.metrics["mesh.fx.age"]}"}) > ${var.thresholds.rate_age_days * 86400}
      EOT
    }
    rate-jump = {
      title    = "The exchange rate jumped and was not stored"
      severity = "WARNING"
      for      = "0s"
      query    = <<-EOT
        sum(increase({"logging.googleapis.com/user/${google_logging_metric.raised_alerts.name}",${local.run},kind="rate_jump"}[15m])) > 0
      EOT
    }
    usage-capped = {
      title    = "A provider reported more than can be true"
      severity = "ERROR"
      for      = "0s"
      query    = <<-EOT
        sum(increase({"logging.googleapis.com/user/${google_logging_metric.raised_alerts.name}",${local.run},kind="usage_capped"}[15m])) > 0
      EOT
    }
    credential-refused = {
      title    = "A provider refuses our credential"
      severity = "CRITICAL"
      for      = "0s"
      query    = <<-EOT
        sum(increase({"logging.googleapis.com/user/${google_logging_metric.raised_alerts.name}",${local.run},kind="credential_refused"}[15m])) > 0
      EOT
    }
    # By what Cloud Run itself counted: a job that does not run cannot tell of it. Not in the first hour of a router, in which none
    # may have been due.
    missing-schedule = {
      title    = "A scheduled job has not succeeded"
      severity = "ERROR"
      for      = "0s"
      query = join(" or ", [for name, job in local.jobs : <<-EOT
        ((sum(increase({"run.googleapis.com/request_count",${local.run},service_name="${name}",response_code_class="2xx"}[${job.silence}])) or vector(0)) < 1
          and on() max({"run.googleapis.com/container/instance_count",${local.run},service_name="router"} offset 1h) > 0)
      EOT
      ])
    }
  }

  # Alerts that no metric can raise, by the name of their playbook.
  other_alerts = ["secret-read", "budget"]

  playbook = { for name in concat(keys(local.alerts), local.other_alerts) : name => "${var.playbooks_url}/${name}.md" }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.alert_emails)

  display_name = each.key
  type         = "email"
  labels       = { email_address = each.key }
  depends_on   = [google_project_service.used]
}

resource "google_monitoring_alert_policy" "metrics" {
  for_each = local.alerts

  display_name          = each.value.title
  severity              = each.value.severity
  combiner              = "OR"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  conditions {
    display_name = each.value.title
    condition_prometheus_query_language {
      query                     = trimspace(each.value.query)
      duration                  = each.value.for
      evaluation_interval       = "60s"
      disable_metric_validation = true
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

# Every reading of a secret is written down …
resource "google_project_iam_audit_config" "secrets" {
  project = var.project_id
  service = "secretmanager.googleapis.com"
  audit_log_config {
    log_type = "DATA_READ"
  }
  audit_log_config {
    log_type = "DATA_WRITE"
  }
}

# … and one by anybody but the router is told of.
resource "google_monitoring_alert_policy" "secret_read" {
  display_name          = "Somebody read a secret"
  severity              = "CRITICAL"
  combiner              = "OR"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  conditions {
    display_name = "Read by anybody but the router"
    condition_matched_log {
      filter           = <<-EOT
        protoPayload.serviceName="secretmanager.googleapis.com"
        protoPayload.methodName="google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion"
        protoPayload.authenticationInfo.principalEmail!="${google_service_account.router.email}"
      EOT
      label_extractors = { who = "EXTRACT(protoPayload.authenticationInfo.principalEmail)", what = "EXTRACT(protoPayload.resourceName)" }
    }
  }
  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "300s"
    }
  }
  documentation {
    mime_type = "text/markdown"
    subject   = "Mesh ${var.environment}: somebody read a secret"
    content   = "What it means and what to do: [secret-read](${local.playbook["secret-read"]})"
    links {
      display_name = "Playbook: secret-read"
      url          = local.playbook["secret-read"]
    }
  }
}

# A budget has no text of its own: its playbook stands in the name, by which it is found.
resource "google_billing_budget" "month" {
  count = var.budget == null ? 0 : 1

  billing_account = var.budget.billing_account
  display_name    = "Mesh ${var.environment} (playbook: budget)"

  budget_filter {
    projects        = ["projects/${var.project_number}"]
    calendar_period = "MONTH"
  }
  amount {
    specified_amount {
      currency_code = var.budget.currency
      units         = tostring(floor(var.budget.monthly))
    }
  }
  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1]
    content {
      threshold_percent = threshold_rules.value
    }
  }
  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }
  all_updates_rule {
    monitoring_notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  }
}
