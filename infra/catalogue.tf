# The operator's catalogue: one object in a bucket, mounted into the router, which looks at it each second. Terraform makes it with
# nothing in it; from then on it is the operator's (`runbook.md`), and no deployment is needed for a price.

locals {
  catalogue_path = "/catalogue"
  catalogue_file = "catalogue.json"
}

resource "google_storage_bucket" "catalogue" {
  count = var.catalogue_overlay ? 1 : 0

  name                        = "${var.project_id}-mesh-catalogue"
  location                    = local.home
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  # Every catalogue that was ever served can be had back.
  versioning {
    enabled = true
  }

  depends_on = [google_project_service.used]
}

resource "google_storage_bucket_object" "catalogue" {
  count = length(google_storage_bucket.catalogue)

  bucket       = google_storage_bucket.catalogue[count.index].name
  name         = local.catalogue_file
  content      = "{}"
  content_type = "application/json"

  lifecycle {
    ignore_changes = [content, content_type, detect_md5hash, metadata]
  }
}
