# The function sweep: closes the leases of instances that died, publishes again what was not counted, on a schedule.

resource "google_service_account" "sweep" {
  account_id   = "mesh-sweep"
  display_name = "Function sweep"
  depends_on   = [google_project_service.used]
}

module "sweep" {
  source = "./modules/service"

  name            = "sweep"
  location        = local.home
  image           = var.image
  bundle          = "sweep"
  target          = "sweep"
  service_account = google_service_account.sweep.email

  # Two may run at once: of a sweep and whoever is late exactly one wins.
  concurrency     = 1
  max_instances   = 2
  timeout_seconds = 300

  env = { GOOGLE_CLOUD_PROJECT = var.project_id }

  telemetry           = local.telemetry
  deletion_protection = var.deletion_protection
  depends_on          = [google_project_iam_member.sweep_documents, google_firestore_index.compound]
}

# What it may do: read and write documents …
resource "google_project_iam_member" "sweep_documents" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.sweep.member
  condition {
    title       = local.database_condition.title
    description = local.database_condition.description
    expression  = local.database_condition.expression
  }
  depends_on = [google_firestore_database.documents]
}

# … publish again what was lost …
resource "google_pubsub_topic_iam_member" "sweep" {
  for_each = toset(["usage", "alerts"])

  topic  = google_pubsub_topic.topics[each.key].name
  role   = "roles/pubsub.publisher"
  member = google_service_account.sweep.member
}

# … and write metrics and traces.
resource "google_project_iam_member" "sweep_telemetry" {
  for_each = local.telemetry_roles

  project = var.project_id
  role    = each.key
  member  = google_service_account.sweep.member
}

# Who may call it: the account that its job signs with.
resource "google_service_account" "sweep_invoker" {
  account_id   = "mesh-sweep-invoker"
  display_name = "Calls the function sweep"
  depends_on   = [google_project_service.used]
}

resource "google_cloud_run_v2_service_iam_member" "sweep_callers" {
  name     = module.sweep.name
  location = module.sweep.location
  role     = "roles/run.invoker"
  member   = google_service_account.sweep_invoker.member
}
