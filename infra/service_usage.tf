# The function usage: hears of every charge and adds it to the rollups.

resource "google_service_account" "usage" {
  account_id   = "mesh-usage"
  display_name = "Function usage"
  depends_on   = [google_project_service.used]
}

module "usage" {
  source = "./modules/service"

  name            = "usage"
  location        = local.home
  image           = var.image
  bundle          = "usage"
  target          = "usage"
  signature       = "cloudevent"
  service_account = google_service_account.usage.email

  # Messages wait for a second for company and are counted together: the more an instance has, the less each costs.
  concurrency     = 500
  max_instances   = 20
  timeout_seconds = 60

  env = { GOOGLE_CLOUD_PROJECT = var.project_id }

  telemetry           = local.telemetry
  deletion_protection = var.deletion_protection
  depends_on          = [google_project_iam_member.usage_documents]
}

# What it may do: read and write documents …
resource "google_project_iam_member" "usage_documents" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.usage.member
  condition {
    title       = local.database_condition.title
    description = local.database_condition.description
    expression  = local.database_condition.expression
  }
  depends_on = [google_firestore_database.documents]
}

# … and write metrics and traces.
resource "google_project_iam_member" "usage_telemetry" {
  for_each = local.telemetry_roles

  project = var.project_id
  role    = each.key
  member  = google_service_account.usage.member
}

# Who may call it: the account that its subscription signs with.
resource "google_service_account" "usage_invoker" {
  account_id   = "mesh-usage-invoker"
  display_name = "Pushes to the function usage"
  depends_on   = [google_project_service.used]
}

resource "google_cloud_run_v2_service_iam_member" "usage_callers" {
  name     = module.usage.name
  location = module.usage.location
  role     = "roles/run.invoker"
  member   = google_service_account.usage_invoker.member
}

# The function usage-dead-letter: hears of messages that a consumer of usage failed to handle again and again.

resource "google_service_account" "usage_dead_letter" {
  account_id   = "mesh-usage-dead-letter"
  display_name = "Function usage-dead-letter"
  depends_on   = [google_project_service.used]
}

module "usage_dead_letter" {
  source = "./modules/service"

  name            = "usage-dead-letter"
  location        = local.home
  image           = var.image
  bundle          = "usage"
  target          = "usage-dead-letter"
  signature       = "cloudevent"
  service_account = google_service_account.usage_dead_letter.email

  concurrency     = 20
  max_instances   = 2
  timeout_seconds = 60

  env = { GOOGLE_CLOUD_PROJECT = var.project_id }

  telemetry           = local.telemetry
  deletion_protection = var.deletion_protection
  depends_on          = [google_project_iam_member.usage_dead_letter_documents]
}

# What it may do: read and write documents …
resource "google_project_iam_member" "usage_dead_letter_documents" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.usage_dead_letter.member
  condition {
    title       = local.database_condition.title
    description = local.database_condition.description
    expression  = local.database_condition.expression
  }
  depends_on = [google_firestore_database.documents]
}

# … publish alerts …
resource "google_pubsub_topic_iam_member" "usage_dead_letter" {
  topic  = google_pubsub_topic.topics["alerts"].name
  role   = "roles/pubsub.publisher"
  member = google_service_account.usage_dead_letter.member
}

# … and write metrics and traces.
resource "google_project_iam_member" "usage_dead_letter_telemetry" {
  for_each = local.telemetry_roles

  project = var.project_id
  role    = each.key
  member  = google_service_account.usage_dead_letter.member
}

# Who may call it: the account that its subscription signs with.
resource "google_service_account" "usage_dead_letter_invoker" {
  account_id   = "mesh-usage-dead-letter-invoker"
  display_name = "Pushes to the function usage-dead-letter"
  depends_on   = [google_project_service.used]
}

resource "google_cloud_run_v2_service_iam_member" "usage_dead_letter_callers" {
  name     = module.usage_dead_letter.name
  location = module.usage_dead_letter.location
  role     = "roles/run.invoker"
  member   = google_service_account.usage_dead_letter_invoker.member
}
