# The public side, in one region and in several.

mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  domain  = "api.example.com"
  regions = ["asia-south1", "asia-southeast1"]
}

run "one_way_in" {
  assert {
    condition     = google_compute_backend_service.router[0].enable_cdn == false
    error_message = "Answers are never cached."
  }
  assert {
    condition     = google_compute_global_forwarding_rule.edge[0].port_range == "443"
    error_message = "Nothing listens without TLS."
  }
  assert {
    condition     = google_compute_ssl_policy.edge[0].min_tls_version == "TLS_1_2"
    error_message = "Old TLS is refused."
  }
  assert {
    condition     = one(google_compute_backend_service.router[0].log_config).optional_mode == "EXCLUDE_ALL_OPTIONAL" && one(google_compute_backend_service.router[0].log_config).enable
    error_message = "Requests are logged without headers and bodies."
  }
  assert {
    condition     = google_compute_backend_service.router[0].security_policy == google_compute_security_policy.edge[0].id
    error_message = "Cloud Armor stands before the router."
  }
  assert {
    condition     = toset(keys(google_compute_region_network_endpoint_group.router)) == toset(var.regions)
    error_message = "Every region serves."
  }
}

run "limits_watch_before_they_act" {
  variables {
    edge = {}
  }
  assert {
    condition     = alltrue([for rule in google_compute_security_policy.edge[0].rule : rule.preview == true if rule.priority != 2147483647])
    error_message = "Every rule but the last is in preview until somebody says otherwise."
  }
  assert {
    condition     = toset(flatten([for rule in google_compute_security_policy.edge[0].rule : [for limit in rule.rate_limit_options : limit.enforce_on_key]])) == toset(["IP"])
    error_message = "Requests are limited by address, whatever key they show: one that is made up would have a limit of its own."
  }
  assert {
    condition = [
      for given in ["Bearer rsk_abc123", "bearer mak_0", "Bearer sk-abc", "rsk_abc123", "Bearer rsk_a b"] :
      can(regex("^[Bb]earer +${local.key}", given))
    ] == [true, true, false, false, false]
    error_message = "Only what could be a key of ours has the wider limit."
  }
  assert {
    condition     = local.rate_limits.key.count > local.rate_limits.address.count
    error_message = "Who shows a key may ask more."
  }
}

run "limits_act_when_told_to" {
  variables {
    edge = { preview = false }
  }
  assert {
    condition     = alltrue([for rule in google_compute_security_policy.edge[0].rule : rule.preview != true])
    error_message = "Nothing is left in preview."
  }
}

run "no_signature_looks_at_a_prompt" {
  assert {
    condition = length(local.signatures) > 0 && alltrue([
      for rule in google_compute_security_policy.edge[0].rule :
      strcontains(one(one(rule.match).expr).expression, "request.method != 'POST' && request.method != 'PUT' && request.method != 'PATCH'")
      if rule.priority < 2000
    ])
    error_message = "Rules against attacks are for requests without a body: prompts are full of code."
  }
  assert {
    condition = length([
      for rule in google_compute_security_policy.edge[0].rule : rule
      if try(strcontains(one(one(rule.match).expr).expression, "evaluatePreconfiguredWaf"), false)
    ]) == length([for rule in google_compute_security_policy.edge[0].rule : rule if rule.priority < 2000])
    error_message = "Signatures stand before the limits and nowhere else."
  }
  assert {
    condition     = one(google_compute_security_policy.edge[0].advanced_options_config).json_parsing == "DISABLED"
    error_message = "Bodies are not parsed."
  }
}

run "a_drained_region_runs_on_without_new_requests" {
  variables {
    drained_regions = ["asia-southeast1"]
  }
  assert {
    condition     = keys(google_compute_region_network_endpoint_group.router) == ["asia-south1"] && length(module.router) == 2
    error_message = "What is drained finishes what it has begun."
  }
}

run "without_a_domain_there_is_no_load_balancer" {
  variables {
    environment       = "dev"
    domain            = null
    region_thresholds = {}
    regions           = ["asia-south1"]
  }
  assert {
    condition     = length(google_compute_backend_service.router) == 0 && length(google_compute_global_forwarding_rule.edge) == 0
    error_message = "Nothing is paid for that is not used."
  }
}

run "no_log_of_google_keeps_a_query" {
  assert {
    condition     = alltrue([for each in google_logging_project_exclusion.queries : strcontains(each.filter, "requestUrl=~\"[?]\"")])
    error_message = "A key in a query is in no log."
  }
  assert {
    condition     = toset(keys(google_logging_project_exclusion.queries)) == toset(["load-balancer", "cloud-run"])
    error_message = "Both that log requests leave them out."
  }
}
