# The module `service` by itself.

mock_provider "google" {}

variables {
  name                = "router"
  location            = "asia-south1"
  image               = "asia-south1-docker.pkg.dev/mesh-test-000000/mesh/mesh@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  bundle              = "router"
  service_account     = "mesh-router@mesh-test-000000.iam.gserviceaccount.com"
  env                 = { MESH_STORE = "firestore" }
  secret_env          = { MESH_ADMIN_KEY = "mesh-admin-key" }
  concurrency         = 250
  max_instances       = 10
  timeout_seconds     = 3600
  telemetry           = {}
  deletion_protection = true
}

run "closed_unless_opened" {
  module {
    source = "./modules/service"
  }
  assert {
    condition     = google_cloud_run_v2_service.this.ingress == "INGRESS_TRAFFIC_INTERNAL_ONLY" && google_cloud_run_v2_service.this.invoker_iam_disabled == false
    error_message = "A service that says nothing is internal, and asks who calls."
  }
  assert {
    condition     = google_cloud_run_v2_service.this.template[0].service_account == var.service_account
    error_message = "A function runs as its own account."
  }
}

run "a_secret_is_named_and_never_held" {
  module {
    source = "./modules/service"
  }
  assert {
    condition = length([
      for env in google_cloud_run_v2_service.this.template[0].containers[0].env : env
      if env.name == "MESH_ADMIN_KEY" && (env.value == null || env.value == "") && try(env.value_source[0].secret_key_ref[0].secret, null) == "mesh-admin-key"
    ]) == 1
    error_message = "The state has the name of a secret, not its value."
  }
}

run "files_of_a_bucket_are_read" {
  module {
    source = "./modules/service"
  }
  variables {
    files = { bucket = "mesh-test-000000-mesh-catalogue", path = "/catalogue" }
  }
  assert {
    condition = (
      google_cloud_run_v2_service.this.template[0].volumes[0].gcs[0].bucket == "mesh-test-000000-mesh-catalogue" &&
      google_cloud_run_v2_service.this.template[0].volumes[0].gcs[0].read_only &&
      contains(google_cloud_run_v2_service.this.template[0].volumes[0].gcs[0].mount_options, "metadata-cache-ttl-secs=1")
    )
    error_message = "They are mounted to be read, and a change is seen within a second."
  }
  assert {
    condition     = google_cloud_run_v2_service.this.template[0].containers[0].volume_mounts[0].mount_path == "/catalogue"
    error_message = "The function finds them."
  }
}

run "the_router_streams" {
  module {
    source = "./modules/service"
  }
  variables {
    http2      = true
    cpu_always = true
    ready_path = "/readyz"
    alive_path = "/healthz"
  }
  assert {
    condition     = google_cloud_run_v2_service.this.template[0].containers[0].ports[0].name == "h2c"
    error_message = "Only over HTTP/2 does the container see a client leave."
  }
  assert {
    condition     = google_cloud_run_v2_service.this.template[0].containers[0].resources[0].cpu_idle == false
    error_message = "Charges are posted between requests too."
  }
  assert {
    condition     = google_cloud_run_v2_service.this.template[0].timeout == "3600s"
    error_message = "The longest stream lasts an hour."
  }
  assert {
    condition = (
      google_cloud_run_v2_service.this.template[0].containers[0].startup_probe[0].http_get[0].path == "/readyz" &&
      google_cloud_run_v2_service.this.template[0].containers[0].liveness_probe[0].http_get[0].path == "/healthz"
    )
    error_message = "An instance serves when it is ready, and is replaced when it is dead."
  }
}

run "a_collector_only_where_one_is_named" {
  module {
    source = "./modules/service"
  }
  assert {
    condition     = length(google_cloud_run_v2_service.this.template[0].containers) == 1
    error_message = "Without a collector the function is alone."
  }
}

run "a_collector_beside_the_function" {
  module {
    source = "./modules/service"
  }
  variables {
    telemetry = {
      collector_image = "example.com/collector@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
      trace_ratio     = 0.5
    }
  }
  assert {
    condition = (
      length(google_cloud_run_v2_service.this.template[0].containers) == 2 &&
      length(google_cloud_run_v2_service.this.template[0].containers[1].ports) == 0
    )
    error_message = "The collector takes no calls from outside."
  }
  assert {
    condition = length([
      for env in google_cloud_run_v2_service.this.template[0].containers[0].env : env if env.name == "OTEL_EXPORTER_OTLP_ENDPOINT" && env.value == "http://localhost:4318"
    ]) == 1
    error_message = "The function speaks to its own collector."
  }
}

run "an_image_without_a_digest_is_refused" {
  command = plan
  module {
    source = "./modules/service"
  }
  variables {
    image = "asia-south1-docker.pkg.dev/mesh-test-000000/mesh/mesh:latest"
  }
  expect_failures = [var.image]
}

run "the_default_account_is_refused" {
  command = plan
  module {
    source = "./modules/service"
  }
  variables {
    service_account = "100000000000-compute@developer.gserviceaccount.com"
  }
  expect_failures = [var.service_account]
}
