# Who may deploy without a person: one workflow of one repository on GitHub, on one branch. It holds no key: GitHub says of each run
# what it is, and Google trusts that for an hour. `examples/github-deploy.yml` is the workflow.
#
# It may roll out an image, and read what a plan compares. A plan that changes anything else is refused by Google half-way, and is
# a person's to apply: whoever may grant roles can give themselves all of them.

locals {
  # What a roll-out does.
  deployer_writes = ["cloudbuild.builds.create", "cloudbuild.builds.get", "run.operations.get", "run.services.update"]

  # What a plan reads, by the type of what it reads. Nothing of it is a document, a message, a secret's value or a log line.
  deployer_reads = {
    google_artifact_registry_repository            = ["artifactregistry.repositories.get"]
    google_artifact_registry_repository_iam_member = ["artifactregistry.repositories.getIamPolicy"]
    google_bigquery_dataset                        = ["bigquery.datasets.get"]
    google_bigquery_table                          = ["bigquery.tables.get"]
    google_bigquery_table_iam_member               = ["bigquery.tables.getIamPolicy"]
    # Of the billing account: the runbook grants that.
    google_billing_budget                        = []
    google_cloud_run_v2_service                  = ["run.services.get"]
    google_cloud_run_v2_service_iam_member       = ["run.services.getIamPolicy"]
    google_cloud_scheduler_job                   = ["cloudscheduler.jobs.get"]
    google_compute_backend_service               = ["compute.backendServices.get"]
    google_compute_global_address                = ["compute.globalAddresses.get"]
    google_compute_global_forwarding_rule        = ["compute.globalForwardingRules.get"]
    google_compute_managed_ssl_certificate       = ["compute.sslCertificates.get"]
    google_compute_region_network_endpoint_group = ["compute.regionNetworkEndpointGroups.get"]
    google_compute_security_policy               = ["compute.securityPolicies.get"]
    google_compute_ssl_policy                    = ["compute.sslPolicies.get"]
    google_compute_target_https_proxy            = ["compute.targetHttpsProxies.get"]
    google_compute_url_map                       = ["compute.urlMaps.get"]
    google_firestore_backup_schedule             = ["datastore.backupSchedules.get"]
    google_firestore_database                    = ["datastore.databases.getMetadata"]
    google_firestore_field                       = ["datastore.indexes.get", "datastore.indexes.list"]
    google_firestore_index                       = ["datastore.indexes.get"]
    google_iam_workload_identity_pool            = ["iam.workloadIdentityPools.get"]
    google_iam_workload_identity_pool_provider   = ["iam.workloadIdentityPoolProviders.get"]
    google_logging_project_exclusion             = ["logging.exclusions.get"]
    google_monitoring_alert_policy               = ["monitoring.alertPolicies.get"]
    google_monitoring_dashboard                  = ["monitoring.dashboards.get"]
    google_monitoring_notification_channel       = ["monitoring.notificationChannels.get"]
    google_monitoring_uptime_check_config        = ["monitoring.uptimeCheckConfigs.get"]
    google_project_iam_audit_config              = ["resourcemanager.projects.getIamPolicy"]
    google_project_iam_custom_role               = ["iam.roles.get"]
    google_project_iam_member                    = ["resourcemanager.projects.get", "resourcemanager.projects.getIamPolicy"]
    google_project_service                       = ["serviceusage.services.get", "serviceusage.services.list", "serviceusage.services.use"]
    google_pubsub_subscription                   = ["pubsub.subscriptions.get"]
    google_pubsub_subscription_iam_member        = ["pubsub.subscriptions.getIamPolicy"]
    google_pubsub_topic                          = ["pubsub.topics.get"]
    google_pubsub_topic_iam_member               = ["pubsub.topics.getIamPolicy"]
    google_secret_manager_secret                 = ["secretmanager.secrets.get"]
    google_secret_manager_secret_iam_member      = ["secretmanager.secrets.getIamPolicy"]
    google_service_account                       = ["iam.serviceAccounts.get"]
    google_service_account_iam_member            = ["iam.serviceAccounts.getIamPolicy"]
    google_storage_bucket                        = ["storage.buckets.get"]
    google_storage_bucket_iam_member             = ["storage.buckets.getIamPolicy"]
    # Of the bucket of the catalogue alone: below.
    google_storage_bucket_object = []
  }

  # Accounts that services and builds run as: to roll out is to act as them.
  run_as = {
    router            = google_service_account.router.name
    usage             = google_service_account.usage.name
    usage-dead-letter = google_service_account.usage_dead_letter.name
    fx                = google_service_account.fx.name
    fx-refresh        = google_service_account.fx_refresh.name
    sweep             = google_service_account.sweep.name
    webhooks          = google_service_account.webhooks.name
    build             = google_service_account.build.name
  }

  ci = var.github == null ? toset([]) : toset(["github"])
}

resource "google_service_account" "deployer" {
  for_each = local.ci

  account_id   = "mesh-deployer"
  display_name = "Deploys images, for a workflow on GitHub"
  depends_on   = [google_project_service.used]
}

resource "google_iam_workload_identity_pool" "github" {
  for_each = local.ci

  workload_identity_pool_id = "mesh-github"
  display_name              = "Workflows on GitHub"
  depends_on                = [google_project_service.used]
}

# A repository is known by its number, since a name that is given up can be taken by somebody else; the workflow by its file on
# the branch, so that no other one of the repository, and none of a pull request, is let in.
resource "google_iam_workload_identity_pool_provider" "github" {
  for_each = local.ci

  workload_identity_pool_id          = google_iam_workload_identity_pool.github[each.key].workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub Actions"

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
  attribute_mapping = {
    "google.subject"          = "assertion.sub"
    "attribute.repository_id" = "assertion.repository_id"
  }
  attribute_condition = join(" && ", [
    "assertion.repository_id == '${var.github.repository_id}'",
    "assertion.ref == '${var.github.ref}'",
    "assertion.workflow_ref == '${var.github.repository}/${var.github.workflow}@${var.github.ref}'",
  ])
}

resource "google_service_account_iam_member" "deployer_is_github" {
  for_each = local.ci

  service_account_id = google_service_account.deployer[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github[each.key].name}/attribute.repository_id/${var.github.repository_id}"
}

# What it may do: what is above …
resource "google_project_iam_custom_role" "deployer" {
  for_each = local.ci

  role_id     = "meshDeployer"
  title       = "Mesh: rolls out an image, and reads what a plan compares"
  permissions = distinct(concat(local.deployer_writes, flatten(values(local.deployer_reads))))
  depends_on  = [google_project_service.used]
}

resource "google_project_iam_member" "deployer" {
  for_each = local.ci

  project = var.project_id
  role    = google_project_iam_custom_role.deployer[each.key].name
  member  = google_service_account.deployer[each.key].member
}

# … act as what it rolls out …
resource "google_service_account_iam_member" "deployer_acts_as" {
  for_each = var.github == null ? {} : local.run_as

  service_account_id = each.value
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.deployer["github"].member
}

# … ask for an image's digest …
resource "google_artifact_registry_repository_iam_member" "deployer" {
  for_each = local.ci

  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.deployer[each.key].member
}

# … and write sources for a build, and the state, whose bucket the runbook makes.
resource "google_storage_bucket_iam_member" "deployer" {
  for_each = var.github == null ? {} : { sources = google_storage_bucket.build.name, state = "${var.project_id}-mesh-state" }

  bucket = each.value
  role   = "roles/storage.objectUser"
  member = google_service_account.deployer["github"].member
}

# … and look at the operator's catalogue, which a plan compares.
resource "google_storage_bucket_iam_member" "deployer_catalogue" {
  for_each = var.github == null ? {} : { for bucket in google_storage_bucket.catalogue : "catalogue" => bucket.name }

  bucket = each.value
  role   = "roles/storage.objectViewer"
  member = google_service_account.deployer["github"].member
}
