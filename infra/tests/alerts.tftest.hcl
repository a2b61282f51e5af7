# Whoever is woken finds out what to do. Holds in every environment.

mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  budget = { billing_account = "012345-6789AB-CDEF01", monthly = 2000 }
}

run "every_alert_has_a_playbook" {
  assert {
    condition     = alltrue([for name in keys(local.playbook) : fileexists("${path.module}/operate/playbooks/${name}.md")])
    error_message = "An alert links a playbook that is there."
  }
  assert {
    condition     = toset(fileset("${path.module}/operate/playbooks", "*.md")) == toset([for name in keys(local.playbook) : "${name}.md"])
    error_message = "A playbook belongs to an alert that is there."
  }
  assert {
    condition = alltrue([
      for name, policy in merge(google_monitoring_alert_policy.metrics, { secret-read = google_monitoring_alert_policy.secret_read }) :
      strcontains(one(policy.documentation).content, "${var.playbooks_url}/${name}.md")
    ])
    error_message = "The text of an alert links its own playbook."
  }
  assert {
    condition     = strcontains(google_billing_budget.month[0].display_name, "budget")
    error_message = "A budget has no text: its name says which playbook."
  }
}

run "somebody_hears_of_every_alert" {
  assert {
    condition = alltrue([
      for policy in concat(values(google_monitoring_alert_policy.metrics), [google_monitoring_alert_policy.secret_read]) :
      length(policy.notification_channels) == length(var.alert_emails)
    ])
    error_message = "Every policy tells everybody."
  }
  assert {
    condition     = length(one(google_billing_budget.month[0].all_updates_rule).monitoring_notification_channels) == length(var.alert_emails)
    error_message = "So does the budget."
  }
}

run "what_has_to_be_watched_is" {
  assert {
    condition = length(setsubtract([
      "server-errors", "added-latency", "breaker-open", "overage", "holds-expired", "dead-letters", "event-lag", "stale-rate",
      "missing-schedule", "secret-read", "budget",
    ], keys(local.playbook))) == 0
    error_message = "An alert is missing."
  }
  assert {
    condition = alltrue([
      for job in keys(google_cloud_scheduler_job.jobs) :
      strcontains(one(google_monitoring_alert_policy.metrics["missing-schedule"].conditions).condition_prometheus_query_language[0].query, "service_name=\"${job}\"")
    ])
    error_message = "Every scheduled job is missed when it does not succeed."
  }
  assert {
    condition     = strcontains(one(google_monitoring_alert_policy.metrics["missing-schedule"].conditions).condition_prometheus_query_language[0].query, "service_name=\"router\"} offset 1h) > 0")
    error_message = "In the first hour nothing is missed."
  }
  assert {
    condition = alltrue([
      for subscription in concat(keys(google_pubsub_subscription.push), keys(google_pubsub_subscription.warehouse)) :
      strcontains(one(google_monitoring_alert_policy.metrics["event-lag"].conditions).condition_prometheus_query_language[0].query, subscription)
    ])
    error_message = "Every subscription is watched for being late."
  }
  assert {
    condition     = strcontains(one(google_monitoring_alert_policy.secret_read.conditions).condition_matched_log[0].filter, google_service_account.router.email)
    error_message = "Whoever reads a secret and is not the router is told of."
  }
}

run "the_dashboard_has_a_chart_for_every_metric" {
  assert {
    condition     = alltrue([for metric in values(local.metrics) : strcontains(google_monitoring_dashboard.mesh.dashboard_json, metric)])
    error_message = "A metric is on no chart."
  }
}
