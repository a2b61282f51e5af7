# The function fx: hears of every charge, checks how some were converted, and fetches the exchange rate.

resource "google_service_account" "fx" {
  account_id   = "mesh-fx"
  display_name = "Function fx"
  depends_on   = [google_project_service.used]
}

module "fx" {
  source = "./modules/service"

  name            = "fx"
  location        = local.home
  image           = var.image
  bundle          = "fx"
  target          = "fx"
  signature       = "cloudevent"
  service_account = google_service_account.fx.email

  concurrency     = 20
  max_instances   = 20
  timeout_seconds = 60

  env = { GOOGLE_CLOUD_PROJECT = var.project_id }

  telemetry           = local.telemetry
  deletion_protection = var.deletion_protection
  depends_on          = [google_project_iam_member.fx_documents]
}

# What it may do: read and write documents …
resource "google_project_iam_member" "fx_documents" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.fx.member
  condition {
    title       = local.database_condition.title
    description = local.database_condition.description
    expression  = local.database_condition.expression
  }
  depends_on = [google_firestore_database.documents]
}

# … and write metrics and traces.
resource "google_project_iam_member" "fx_telemetry" {
  for_each = local.telemetry_roles

  project = var.project_id
  role    = each.key
  member  = google_service_account.fx.member
}

# Who may call it: the account that its subscription signs with.
resource "google_service_account" "fx_invoker" {
  account_id   = "mesh-fx-invoker"
  display_name = "Pushes to the function fx"
  depends_on   = [google_project_service.used]
}

resource "google_cloud_run_v2_service_iam_member" "fx_callers" {
  name     = module.fx.name
  location = module.fx.location
  role     = "roles/run.invoker"
  member   = google_service_account.fx_invoker.member
}

# The function fx-refresh: fetches the exchange rate, on a schedule.

resource "google_service_account" "fx_refresh" {
  account_id   = "mesh-fx-refresh"
  display_name = "Function fx-refresh"
  depends_on   = [google_project_service.used]
}

module "fx_refresh" {
  source = "./modules/service"

  name            = "fx-refresh"
  location        = local.home
  image           = var.image
  bundle          = "fx"
  target          = "fx-refresh"
  service_account = google_service_account.fx_refresh.email

  concurrency     = 1
  max_instances   = 1
  timeout_seconds = 60

  env = merge(
    { GOOGLE_CLOUD_PROJECT = var.project_id },
    length(var.fx_urls) == 0 ? {} : { MESH_FX_URLS = join(",", var.fx_urls) },
  )

  telemetry           = local.telemetry
  deletion_protection = var.deletion_protection
  depends_on          = [google_project_iam_member.fx_refresh_documents]
}

# What it may do: read and write documents …
resource "google_project_iam_member" "fx_refresh_documents" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.fx_refresh.member
  condition {
    title       = local.database_condition.title
    description = local.database_condition.description
    expression  = local.database_condition.expression
  }
  depends_on = [google_firestore_database.documents]
}

# … publish alerts …
resource "google_pubsub_topic_iam_member" "fx_refresh" {
  topic  = google_pubsub_topic.topics["alerts"].name
  role   = "roles/pubsub.publisher"
  member = google_service_account.fx_refresh.member
}

# … and write metrics and traces.
resource "google_project_iam_member" "fx_refresh_telemetry" {
  for_each = local.telemetry_roles

  project = var.project_id
  role    = each.key
  member  = google_service_account.fx_refresh.member
}

# Who may call it: the account that its job signs with.
resource "google_service_account" "fx_refresh_invoker" {
  account_id   = "mesh-fx-refresh-invoker"
  display_name = "Calls the function fx-refresh"
  depends_on   = [google_project_service.used]
}

resource "google_cloud_run_v2_service_iam_member" "fx_refresh_callers" {
  name     = module.fx_refresh.name
  location = module.fx_refresh.location
  role     = "roles/run.invoker"
  member   = google_service_account.fx_refresh_invoker.member
}
