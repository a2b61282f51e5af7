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
      for name, policy in merge(google_monitoring_alert_policy.metrics, google_monitoring_alert_policy.logged, google_monitoring_alert_policy.uptime) :
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
      for policy in concat(values(google_monitoring_alert_policy.metrics), values(google_monitoring_alert_policy.logged), values(google_monitoring_alert_policy.uptime)) :
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
      "missing-schedule", "secret-read", "budget", "callers-limited", "upstream-limited", "instances-ceiling", "unreachable", "certificate",
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
    condition = alltrue([
      for grant in concat(values(google_secret_manager_secret_iam_member.router), values(google_secret_manager_secret_iam_member.webhooks)) :
      strcontains(one(google_monitoring_alert_policy.logged["secret-read"].conditions).condition_matched_log[0].filter, trimprefix(grant.member, "serviceAccount:"))
    ])
    error_message = "Whoever reads a secret and is no function that may is told of, and nobody else."
  }
}

run "the_dashboard_has_a_chart_for_every_metric" {
  assert {
    condition     = alltrue([for metric in values(local.metrics) : strcontains(google_monitoring_dashboard.mesh.dashboard_json, metric)])
    error_message = "A metric is on no chart."
  }
}

run "every_region_is_judged_by_its_own_thresholds" {
  variables {
    domain            = "api.example.com"
    regions           = ["asia-south1", "asia-southeast1"]
    drained_regions   = []
    region_thresholds = { asia-southeast1 = { added_latency_seconds = 0.75 } }
    thresholds        = { added_latency_seconds = 0.25, error_ratio = 0.02 }
  }
  assert {
    condition = alltrue([
      for region, most in { asia-south1 = 0.25, asia-southeast1 = 0.75 } :
      strcontains(one(google_monitoring_alert_policy.metrics["added-latency"].conditions).condition_prometheus_query_language[0].query, "location=\"${region}\"}[5m]))) > ${most})")
    ])
    error_message = "Mesh is slow in a region by what is slow there."
  }
  assert {
    condition = alltrue([
      for region in var.regions :
      strcontains(one(google_monitoring_alert_policy.metrics["server-errors"].conditions).condition_prometheus_query_language[0].query, "location=\"${region}\"}[5m])) > 0.02)")
    ])
    error_message = "What a region does not say of itself is as everywhere, and every region is watched by itself."
  }
}

run "a_region_away_from_the_store_has_its_own_threshold" {
  assert {
    condition = alltrue([
      for region in var.regions : !strcontains(var.data_location.firestore, "-") || region == var.data_location.firestore || local.region_thresholds[region].added_latency_seconds > var.thresholds.added_latency_seconds
    ])
    error_message = "Where the store is far away, what waits for it is slower, and not by mistake."
  }
}

run "the_ceiling_is_what_is_deployed" {
  variables {
    router = { max_instances = 37 }
  }
  assert {
    condition = alltrue([
      for name, most in { router = 37, usage = module.usage.max_instances, fx = module.fx.max_instances } :
      strcontains(one(google_monitoring_alert_policy.metrics["instances-ceiling"].conditions).condition_prometheus_query_language[0].query, "service_name=\"${name}\"}) >= ${most})")
    ])
    error_message = "It is told of when no more instances can come."
  }
  assert {
    condition     = alltrue([for router in module.router : router.max_instances == 37])
    error_message = "The router has as many as are said."
  }
}

run "asked_from_outside" {
  variables {
    domain  = "api.example.com"
    regions = ["asia-south1", "asia-southeast1"]
  }
  assert {
    condition     = one(google_monitoring_uptime_check_config.edge[0].http_check).use_ssl && one(google_monitoring_uptime_check_config.edge[0].http_check).validate_ssl && one(google_monitoring_uptime_check_config.edge[0].monitored_resource).labels.host == var.domain
    error_message = "The domain is asked, with its certificate."
  }
  assert {
    condition     = toset(keys(google_monitoring_alert_policy.uptime)) == toset(["unreachable", "certificate"])
    error_message = "Both that it is gone and that its certificate is about to are told of."
  }
}
