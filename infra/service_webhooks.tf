# The function webhooks: tells the channels of operators and owners of alerts, and tries again what was not taken.

resource "google_service_account" "webhooks" {
  account_id   = "mesh-webhooks"
  display_name = "Function webhooks"
  depends_on   = [google_project_service.used]
}

module "webhooks" {
  source = "./modules/service"

  name            = "webhooks"
  location        = local.home
  image           = var.image
  bundle          = "webhooks"
  target          = "webhooks"
  signature       = "cloudevent"
  service_account = google_service_account.webhooks.email

  concurrency     = 20
  max_instances   = 5
  timeout_seconds = 300

  env = merge(
    {
      GOOGLE_CLOUD_PROJECT  = var.project_id
      MESH_PRIVATE_WEBHOOKS = var.private_webhooks ? "on" : "off"
    },
    var.mail == null ? {} : { MESH_MAIL_URL = var.mail.url, MESH_MAIL_FROM = var.mail.from },
  )

  telemetry           = local.telemetry
  deletion_protection = var.deletion_protection
  depends_on = [
    google_firestore_index.compound,
    google_project_iam_member.webhooks_documents,
    google_secret_manager_secret_iam_member.webhooks,
  ]
}

# What it may do: read and write documents …
resource "google_project_iam_member" "webhooks_documents" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.webhooks.member
  condition {
    title       = local.database_condition.title
    description = local.database_condition.description
    expression  = local.database_condition.expression
  }
  depends_on = [google_firestore_database.documents]
}

# … read what webhooks are signed with and the key of the provider of mail, and no other secret …
resource "google_secret_manager_secret_iam_member" "webhooks" {
  for_each = toset(local.webhooks_secrets)

  secret_id = google_secret_manager_secret.held[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.webhooks.member
}

# … raise an alert of a channel that is gone …
resource "google_pubsub_topic_iam_member" "webhooks" {
  topic  = google_pubsub_topic.topics["alerts"].name
  role   = "roles/pubsub.publisher"
  member = google_service_account.webhooks.member
}

# … and write metrics and traces.
resource "google_project_iam_member" "webhooks_telemetry" {
  for_each = local.telemetry_roles

  project = var.project_id
  role    = each.key
  member  = google_service_account.webhooks.member
}

# Who may call it: the account that its subscriptions sign with.
resource "google_service_account" "webhooks_invoker" {
  account_id   = "mesh-webhooks-invoker"
  display_name = "Pushes to the function webhooks"
  depends_on   = [google_project_service.used]
}

resource "google_cloud_run_v2_service_iam_member" "webhooks_callers" {
  name     = module.webhooks.name
  location = module.webhooks.location
  role     = "roles/run.invoker"
  member   = google_service_account.webhooks_invoker.member
}

# What is due is looked for each minute, by a message that names no delivery.
resource "google_cloud_scheduler_job" "webhooks" {
  name      = "webhooks-due"
  region    = local.home
  schedule  = "* * * * *"
  time_zone = "Etc/UTC"

  pubsub_target {
    topic_name = google_pubsub_topic.topics["webhooks"].id
    data       = base64encode("{}")
  }

  depends_on = [google_project_service.used]
}
