# The router: the public API. The only function that anybody may call, and the only one that reads our credentials at providers.

resource "google_service_account" "router" {
  account_id   = "mesh-router"
  display_name = "Function router"
  depends_on   = [google_project_service.used]
}

module "router" {
  source   = "./modules/service"
  for_each = toset(var.regions)

  name            = "router"
  location        = each.key
  image           = var.image
  bundle          = "router"
  service_account = google_service_account.router.email

  ingress              = local.edge ? "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" : "INGRESS_TRAFFIC_ALL"
  default_uri_disabled = local.edge
  invoker_iam_disabled = var.open_by == "no_check"

  # Over HTTP/1.1 a client that leaves is not seen by the container, and its upstream would stream on at our cost:
  # https://cloud.google.com/run/docs/troubleshooting#client-disconnect-does-not-propagate-to-cloud-run
  # Probes speak HTTP/1.1; the router serves both on one port.
  http2 = true
  # Charges are posted, leases renewed and money given back between requests too.
  cpu_always = true

  cpu             = var.router.cpu
  memory          = var.router.memory
  concurrency     = var.router.concurrency
  min_instances   = var.router.min_instances
  max_instances   = var.router.max_instances
  timeout_seconds = 3600
  ready_path      = "/readyz"
  alive_path      = "/healthz"

  env = merge(
    {
      GOOGLE_CLOUD_PROJECT = var.project_id
      MESH_STORE           = "firestore"
      MESH_EVENTS          = "pubsub"
      MESH_SECRETS         = "secret-manager"
      MESH_DEMO            = "off"
      MESH_REGION          = each.key
      # A load balancer adds its client's address and its own, Cloud Run alone its client's.
      MESH_PROXIES       = local.edge ? "2" : "1"
      MESH_CORS_ORIGINS  = join(",", var.cors_origins)
      MESH_LEASE_SECONDS = tostring(var.lease_seconds)
      MESH_ENTRY_DAYS    = tostring(var.entry_days)
      MESH_LOG           = var.log_level
      MESH_OWN_KEY_FEE   = var.own_key_fee
      # It refuses channels at addresses that the function webhooks would not tell.
      MESH_PRIVATE_WEBHOOKS = var.private_webhooks ? "on" : "off"
    },
    var.azure_resource == null ? {} : { AZURE_RESOURCE_NAME = var.azure_resource },
    var.mail == null ? {} : { MESH_MAIL_URL = var.mail.url, MESH_MAIL_FROM = var.mail.from },
    { for name, seconds in {
      MESH_CONNECT_SECONDS     = var.attempt_seconds.connect
      MESH_FIRST_TOKEN_SECONDS = var.attempt_seconds.first_token
      MESH_WHOLE_SECONDS       = var.attempt_seconds.whole
      MESH_IDLE_SECONDS        = var.attempt_seconds.idle
    } : name => tostring(seconds) if seconds != null },
    var.catalogue_overlay ? { MESH_CATALOGUE = "${local.catalogue_path}/${local.catalogue_file}" } : {},
  )
  files      = one([for bucket in google_storage_bucket.catalogue : { bucket = bucket.name, path = local.catalogue_path }])
  secret_env = { MESH_ADMIN_KEY = google_secret_manager_secret.held[local.admin_secret].secret_id }

  telemetry           = local.telemetry
  deletion_protection = var.deletion_protection

  # An instance that starts before it may read its store and its secrets does not start.
  depends_on = [
    google_firestore_index.compound,
    google_project_iam_member.router_documents,
    google_pubsub_topic_iam_member.router,
    google_project_iam_member.router_provider_keys,
    google_secret_manager_secret_iam_member.router,
    google_storage_bucket_iam_member.router_catalogue,
    google_storage_bucket_object.catalogue,
  ]
}

# What it may do: read and write documents …
resource "google_project_iam_member" "router_documents" {
  project = var.project_id
  role    = "roles/datastore.user"
  member  = google_service_account.router.member
  condition {
    title       = local.database_condition.title
    description = local.database_condition.description
    expression  = local.database_condition.expression
  }
  depends_on = [google_firestore_database.documents]
}

# … publish charges and alerts …
resource "google_pubsub_topic_iam_member" "router" {
  for_each = toset(["usage", "alerts", "webhooks"])

  topic  = google_pubsub_topic.topics[each.key].name
  role   = "roles/pubsub.publisher"
  member = google_service_account.router.member
}

# … read our credentials at providers and keys of our own …
resource "google_secret_manager_secret_iam_member" "router" {
  for_each = google_secret_manager_secret.held

  secret_id = each.value.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.router.member
}

# … keep owners' own keys for providers: whatever is done with a secret is for names that begin so, and only making an empty one, which
# Google asks of the project and not of a name, is not …
resource "google_project_iam_custom_role" "provider_key_maker" {
  role_id     = "meshProviderKeyMaker"
  title       = "Mesh: makes secrets, without a text"
  permissions = ["secretmanager.secrets.create"]
  depends_on  = [google_project_service.used]
}

resource "google_project_iam_custom_role" "provider_key_keeper" {
  role_id     = "meshProviderKeyKeeper"
  title       = "Mesh: keeps owners' provider keys"
  permissions = ["secretmanager.secrets.delete", "secretmanager.versions.access", "secretmanager.versions.add"]
  depends_on  = [google_project_service.used]
}

resource "google_project_iam_member" "router_provider_key_maker" {
  project = var.project_id
  role    = google_project_iam_custom_role.provider_key_maker.name
  member  = google_service_account.router.member
}

resource "google_project_iam_member" "router_provider_keys" {
  project = var.project_id
  role    = google_project_iam_custom_role.provider_key_keeper.name
  member  = google_service_account.router.member
  condition {
    title       = "owners' provider keys"
    description = "Secrets that are named as owners' provider keys are."
    expression  = "resource.name.startsWith(\"projects/${var.project_number}/secrets/${local.provider_key_prefix}\")"
  }
}

# … read the operator's catalogue …
resource "google_storage_bucket_iam_member" "router_catalogue" {
  count = length(google_storage_bucket.catalogue)

  bucket = google_storage_bucket.catalogue[count.index].name
  role   = "roles/storage.objectViewer"
  member = google_service_account.router.member
}

# … ask models on Vertex AI, and nothing else there …
resource "google_project_iam_custom_role" "vertex_caller" {
  role_id     = "meshVertexCaller"
  title       = "Mesh: asks models on Vertex AI"
  permissions = ["aiplatform.endpoints.predict"]
  depends_on  = [google_project_service.used]
}

resource "google_project_iam_member" "router_vertex" {
  project = var.project_id
  role    = google_project_iam_custom_role.vertex_caller.name
  member  = google_service_account.router.member
}

# … and write metrics and traces.
resource "google_project_iam_member" "router_telemetry" {
  for_each = local.telemetry_roles

  project = var.project_id
  role    = each.key
  member  = google_service_account.router.member
}

# Who may call it: everybody. It asks for a key itself. Where no organisation lets everybody be granted a role, the check is off.
resource "google_cloud_run_v2_service_iam_member" "router_callers" {
  for_each = var.open_by == "all_users" ? toset(var.regions) : toset([])

  name     = module.router[each.key].name
  location = module.router[each.key].location
  role     = "roles/run.invoker"
  member   = "allUsers"
}
