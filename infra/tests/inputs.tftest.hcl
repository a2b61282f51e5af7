# What cannot work, or would be dangerous, is refused before anything is asked of Google. Starts from what is good.

mock_provider "google" {}

variables {
  project_id          = "mesh-test-000000"
  project_number      = "100000000000"
  environment         = "dev"
  region_thresholds   = {}
  regions             = ["asia-south1"]
  domain              = null
  budget              = null
  data_location       = { firestore = "asia-south1", bigquery = "asia-south1" }
  deletion_protection = false
  alert_emails        = ["mesh@example.com"]
  playbooks_url       = "https://example.com/playbooks"
}

run "what_is_good_is_taken" {
  command = plan
  assert {
    condition     = length(module.router) == 1
    error_message = "The values that all others differ from are good."
  }
}

run "a_project_id_in_capitals" {
  command = plan
  variables {
    project_id = "Mesh-Prod"
  }
  expect_failures = [var.project_id]
}

run "a_project_number_with_letters" {
  command = plan
  variables {
    project_number = "mesh-prod"
  }
  expect_failures = [var.project_number]
}

run "an_environment_nobody_knows" {
  command = plan
  variables {
    environment = "staging"
  }
  expect_failures = [var.environment]
}

run "no_region" {
  command = plan
  variables {
    region_thresholds = {}
    regions           = []
  }
  expect_failures = [var.regions]
}

run "a_region_twice" {
  command = plan
  variables {
    region_thresholds = {}
    regions           = ["asia-south1", "asia-south1"]
    domain            = "api.example.com"
  }
  expect_failures = [var.regions]
}

run "a_zone_for_a_region" {
  command = plan
  variables {
    region_thresholds = {}
    regions           = ["asia-south1-a"]
  }
  expect_failures = [var.regions]
}

run "several_regions_without_a_load_balancer" {
  command = plan
  variables {
    regions = ["asia-south1", "asia-southeast1"]
  }
  expect_failures = [var.regions]
}

run "a_region_drained_that_is_none" {
  command = plan
  variables {
    drained_regions = ["europe-west1"]
  }
  expect_failures = [var.drained_regions]
}

run "every_region_drained" {
  command = plan
  variables {
    drained_regions = ["asia-south1"]
  }
  expect_failures = [var.drained_regions]
}

run "an_image_by_tag" {
  command = plan
  variables {
    image = "asia-south1-docker.pkg.dev/mesh-test-000000/mesh/mesh:latest"
  }
  expect_failures = [var.image]
}

run "a_collector_by_tag" {
  command = plan
  variables {
    collector_image = "otel/collector:latest"
  }
  expect_failures = [var.collector_image]
}

run "more_traces_than_requests" {
  command = plan
  variables {
    trace_ratio = 1.5
  }
  expect_failures = [var.trace_ratio]
}

run "a_domain_with_a_path" {
  command = plan
  variables {
    domain = "https://api.example.com/v1"
  }
  expect_failures = [var.domain]
}

run "production_without_a_load_balancer" {
  command = plan
  variables {
    domain              = null
    environment         = "prod"
    collector_image     = "example.com/collector:1.2.3"
    budget              = { billing_account = "012345-6789AB-CDEF01", monthly = 2000 }
    deletion_protection = true
  }
  expect_failures = [var.domain]
}

run "production_without_a_budget" {
  command = plan
  variables {
    budget              = null
    environment         = "prod"
    collector_image     = "example.com/collector:1.2.3"
    domain              = "api.example.com"
    deletion_protection = true
  }
  expect_failures = [var.budget]
}

run "production_that_nobody_watches" {
  command = plan
  variables {
    collector_image     = null
    environment         = "prod"
    domain              = "api.example.com"
    budget              = { billing_account = "012345-6789AB-CDEF01", monthly = 2000 }
    deletion_protection = true
  }
  expect_failures = [var.collector_image]
}

run "a_budget_in_no_currency" {
  command = plan
  variables {
    budget = { billing_account = "012345-6789AB-CDEF01", monthly = 2000, currency = "euro" }
  }
  expect_failures = [var.budget]
}

run "open_in_a_way_nobody_knows" {
  command = plan
  variables {
    open_by = "anybody"
  }
  expect_failures = [var.open_by]
}

run "production_that_can_be_deleted" {
  command = plan
  variables {
    deletion_protection = false
    environment         = "prod"
    collector_image     = "example.com/collector:1.2.3"
    domain              = "api.example.com"
    budget              = { billing_account = "012345-6789AB-CDEF01", monthly = 2000 }
  }
  expect_failures = [var.deletion_protection]
}

run "no_instance_is_kept" {
  command = plan
  variables {
    router = { min_instances = 0 }
  }
  expect_failures = [var.router]
}

run "fewer_instances_than_are_kept" {
  command = plan
  variables {
    router = { min_instances = 3, max_instances = 2 }
  }
  expect_failures = [var.router]
}

run "more_concurrency_than_there_is" {
  command = plan
  variables {
    router = { concurrency = 2000 }
  }
  expect_failures = [var.router]
}

run "half_a_core" {
  command = plan
  variables {
    router = { cpu = 0.5 }
  }
  expect_failures = [var.router]
}

run "an_attempt_longer_than_a_request" {
  command = plan
  variables {
    attempt_seconds = { whole = 7200 }
  }
  expect_failures = [var.attempt_seconds]
}

run "a_lease_of_a_second" {
  command = plan
  variables {
    lease_seconds = 1
  }
  expect_failures = [var.lease_seconds]
}

run "charges_forgotten_within_a_month" {
  command = plan
  variables {
    entry_days = 30
  }
  expect_failures = [var.entry_days]
}

run "a_log_without_alerts" {
  command = plan
  variables {
    log_level = "error"
  }
  expect_failures = [var.log_level]
}

run "every_web_page_may_call" {
  command = plan
  variables {
    cors_origins = ["*"]
  }
  expect_failures = [var.cors_origins]
}

run "an_exchange_rate_in_clear" {
  command = plan
  variables {
    fx_urls = ["http://rates.example.com"]
  }
  expect_failures = [var.fx_urls]
}

run "the_admin_key_among_the_providers" {
  command = plan
  variables {
    upstream_secrets = ["mesh-admin-key"]
  }
  expect_failures = [var.upstream_secrets]
}

run "a_resource_of_azure_by_its_address" {
  command = plan
  variables {
    azure_resource = "https://acme.openai.azure.com"
  }
  expect_failures = [var.azure_resource]
}

run "backups_for_a_day" {
  command = plan
  variables {
    backup_days = 1
  }
  expect_failures = [var.backup_days]
}

run "events_for_a_week" {
  command = plan
  variables {
    warehouse_days = 7
  }
  expect_failures = [var.warehouse_days]
}

run "an_edge_that_refuses_everything" {
  command = plan
  variables {
    edge = { per_address_with_key_per_minute = 0 }
  }
  expect_failures = [var.edge]
}

run "an_edge_without_a_log" {
  command = plan
  variables {
    edge = { log_ratio = 0 }
  }
  expect_failures = [var.edge]
}

run "alerts_nobody_hears_of" {
  command = plan
  variables {
    alert_emails = []
  }
  expect_failures = [var.alert_emails]
}

run "playbooks_in_clear" {
  command = plan
  variables {
    playbooks_url = "http://example.com/playbooks"
  }
  expect_failures = [var.playbooks_url]
}

run "an_error_ratio_in_percent" {
  command = plan
  variables {
    thresholds = { error_ratio = 2 }
  }
  expect_failures = [var.thresholds]
}

run "thresholds_of_a_region_that_is_none" {
  command = plan
  variables {
    region_thresholds = { europe-west1 = { added_latency_seconds = 1 } }
  }
  expect_failures = [var.region_thresholds]
}

run "a_region_where_nothing_is_too_slow" {
  command = plan
  variables {
    region_thresholds = { asia-south1 = { added_latency_seconds = 0 } }
  }
  expect_failures = [var.region_thresholds]
}

run "a_threshold_of_nothing" {
  command = plan
  variables {
    thresholds = { event_lag_seconds = 0 }
  }
  expect_failures = [var.thresholds]
}

run "a_budget_without_an_account" {
  command = plan
  variables {
    budget = { billing_account = "mine", monthly = 2000 }
  }
  expect_failures = [var.budget]
}
