# Where images are built and kept.

resource "google_artifact_registry_repository" "images" {
  repository_id = "mesh"
  location      = local.home
  format        = "DOCKER"
  description   = "Images of the functions"

  docker_config {
    immutable_tags = true
  }

  # What a service runs is among the last; a roll-back goes to one of them.
  cleanup_policies {
    id     = "keep-the-last"
    action = "KEEP"
    most_recent_versions {
      keep_count = 20
    }
  }
  cleanup_policies {
    id     = "delete-the-old"
    action = "DELETE"
    condition {
      tag_state  = "ANY"
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_service_account" "build" {
  account_id   = "mesh-build"
  display_name = "Builds images"
  depends_on   = [google_project_service.used]
}

resource "google_artifact_registry_repository_iam_member" "build" {
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}

# Sources on their way to a build.
resource "google_storage_bucket" "build" {
  name                        = "${var.project_id}-mesh-build"
  location                    = local.home
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = 7
    }
  }
}

resource "google_storage_bucket_iam_member" "build" {
  bucket = google_storage_bucket.build.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.build.member
}

resource "google_project_iam_member" "build_logs" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.build.member
}
