# Who is told of what. Each alert has a playbook of the same name in `operate/playbooks/`, and is raised by one line of PromQL, by
# a line of a log, or by what asks from outside whether Mesh answers.
#
# PromQL because it says ratios and percentiles plainly, and may ask for metrics that have not been written yet: other
# conditions cannot be created before the first of them is there. A log line where one is enough: growth of a counter that
# has just come to be is not seen by PromQL.

locals {
  # A metric can be of several kinds of resource, and PromQL wants to know which.
  run  = "monitored_resource=\"cloud_run_revision\""
  ours = "monitored_resource=\"generic_task\""

  # What a region is judged by: its own, or what all are.
  region_thresholds = { for region in var.regions : region => {
    error_ratio           = try(coalesce(var.region_thresholds[region].error_ratio), var.thresholds.error_ratio)
    added_latency_seconds = try(coalesce(var.region_thresholds[region].added_latency_seconds), var.thresholds.added_latency_seconds)
  } }

  # The most instances of what has more to do with more requests, in one region.
  ceilings = { router = var.router.max_instances, usage = module.usage.max_instances, fx = module.fx.max_instances }

  alerts = {
    server-errors = {
      title    = "Requests fail"
      severity = "CRITICAL"
      for      = "300s"
      # By region, so that one that is well does not hide one that is not.
      query = join(" or ", [for region in var.regions : <<-EOT
        (sum by (location) (rate({"run.googleapis.com/request_count",${local.run},service_name="router",location="${region}",response_code_class="5xx"}[5m]))
          / sum by (location) (rate({"run.googleapis.com/request_count",${local.run},service_name="router",location="${region}"}[5m])) > ${local.region_thresholds[region].error_ratio})
      EOT
      ])
    }
    added-latency = {
      title    = "Mesh itself is slow"
      severity = "WARNING"
      for      = "600s"
      # By region: one that is far from the store waits longer for it.
      query = join(" or ", [for region in var.regions : <<-EOT
        (histogram_quantile(0.99, sum by (location, le) (rate({"${local.metrics["mesh.added_latency"]}_bucket",${local.ours},location="${region}"}[5m]))) > ${local.region_thresholds[region].added_latency_seconds})
      EOT
      ])
    }
    instances-ceiling = {
      title    = "No more instances can come"
      severity = "ERROR"
      for      = "300s"
      query = join(" or ", [for name, most in local.ceilings : <<-EOT
        (sum by (service_name, location) ({"run.googleapis.com/container/instance_count",${local.run},service_name="${name}"}) >= ${most})
      EOT
      ])
    }
    callers-limited = {
      title    = "Many requests are over their own limits"
      severity = "WARNING"
      for      = "600s"
      # Where no endpoint was asked, it is a limit of ours.
      query = <<-EOT
        sum(rate({"${local.metrics["mesh.requests"]}",${local.ours},http_response_status_code="429",gen_ai_provider_name=""}[10m]))
          / sum(rate({"${local.metrics["mesh.requests"]}",${local.ours}}[10m])) > ${var.thresholds.limited_ratio}
      EOT
    }
    upstream-limited = {
      title    = "A provider limits us"
      severity = "WARNING"
      for      = "600s"
      query    = <<-EOT
        sum by (gen_ai_provider_name) (rate({"${local.metrics["mesh.attempt.failures"]}",${local.ours},http_response_status_code="429"}[10m])) * 60 > ${var.thresholds.upstream_limited_a_minute}
      EOT
    }
    breaker-open = {
      title    = "An endpoint is out of use"
      severity = "WARNING"
      for      = "${var.thresholds.breaker_open_minutes * 60}s"
      query    = <<-EOT
        max({"${local.metrics["mesh.breakers.open"]}",${local.ours}}) > 0
      EOT
    }
    overage = {
      title    = "Answers cost more than was held for them"
      severity = "WARNING"
      for      = "0s"
      query    = <<-EOT
        sum(increase({"${local.metrics["mesh.overage"]}",${local.ours}}[1h])) > ${var.thresholds.overage_usd_an_hour}
      EOT
    }
    holds-expired = {
      title    = "Requests died with their instance"
      severity = "WARNING"
      for      = "0s"
      query    = <<-EOT
        sum(increase({"${local.metrics["mesh.holds.expired"]}",${local.ours}}[15m])) > 0
      EOT
    }
    charges-lost = {
      title    = "Answers were not charged"
      severity = "ERROR"
      for      = "0s"
      query    = <<-EOT
        sum(increase({"${local.metrics["mesh.charges.lost"]}",${local.ours}}[15m])) > 0
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
        histogram_quantile(0.95, sum by (le) (rate({"${local.metrics["mesh.events.lag"]}_bucket",${local.ours}}[10m]))) > ${var.thresholds.event_lag_seconds}
          or max({"pubsub.googleapis.com/subscription/oldest_unacked_message_age",monitored_resource="pubsub_subscription",subscription_id=~"${local.consumers}"}) > ${var.thresholds.event_lag_seconds}
      EOT
    }
    stale-rate = {
      title    = "The exchange rate is old"
      severity = "WARNING"
      for      = "0s"
      query    = <<-EOT
        max({"${local.metrics["mesh.fx.age"]}",${local.ours}}) > ${var.thresholds.rate_age_days * 86400}
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
  consumers = join("|", concat(keys(local.pushes), keys(local.warehouses)))

  # One line of a log is enough. The first three are alerts that functions raise (`functions/core/alerts/alerts.ts`).
  raised = "resource.type=\"cloud_run_revision\" jsonPayload.message=\"alert\""
  logged_alerts = {
    rate-jump = {
      title    = "The exchange rate jumped and was not stored"
      severity = "WARNING"
      filter   = "${local.raised} jsonPayload.kind=\"rate_jump\""
      labels   = { subject = "EXTRACT(jsonPayload.subject)" }
    }
    usage-capped = {
      title    = "A provider reported more than can be true"
      severity = "ERROR"
      filter   = "${local.raised} jsonPayload.kind=\"usage_capped\""
      labels   = { subject = "EXTRACT(jsonPayload.subject)" }
    }
    credential-refused = {
      title    = "A provider refuses our credential"
      severity = "CRITICAL"
      filter   = "${local.raised} jsonPayload.kind=\"credential_refused\""
      labels   = { subject = "EXTRACT(jsonPayload.subject)" }
    }
    secret-read = {
      title    = "Somebody read a secret"
      severity = "CRITICAL"
      filter   = <<-EOT
        protoPayload.serviceName="secretmanager.googleapis.com"
        protoPayload.methodName="google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion"
        protoPayload.authenticationInfo.principalEmail!="${google_service_account.router.email}"
        protoPayload.authenticationInfo.principalEmail!="${google_service_account.webhooks.email}"
      EOT
      labels   = { who = "EXTRACT(protoPayload.authenticationInfo.principalEmail)", what = "EXTRACT(protoPayload.resourceName)" }
    }
  }

  # Alerts with conditions of their own, by the name of their playbook.
  other_alerts = ["unreachable", "certificate", "budget"]

  playbook = {
    for name in concat(keys(local.alerts), keys(local.logged_alerts), local.other_alerts) : name => "${var.playbooks_url}/${name}.md"
  }
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

# Every reading of a secret is written down, and one by anybody but the functions that may is told of.
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

resource "google_monitoring_alert_policy" "logged" {
  for_each = local.logged_alerts

  display_name          = each.value.title
  severity              = each.value.severity
  combiner              = "OR"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  conditions {
    display_name = each.value.title
    condition_matched_log {
      filter           = each.value.filter
      label_extractors = each.value.labels
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
    subject   = "Mesh ${var.environment}: ${each.value.title}"
    content   = "What it means and what to do: [${each.key}](${local.playbook[each.key]})"
    links {
      display_name = "Playbook: ${each.key}"
      url          = local.playbook[each.key]
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
