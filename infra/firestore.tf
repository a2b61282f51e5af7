# All documents. Indexes, and times that are tidied by, stand in the file that the emulator is given too.

locals {
  firestore = jsondecode(file("${path.module}/../emulators/firestore.indexes.json"))

  indexes = {
    for index in local.firestore.indexes :
    join("/", concat([index.collectionGroup], [for field in index.fields : "${field.fieldPath}:${field.order}"])) => index
  }
  fields = { for field in local.firestore.fieldOverrides : "${field.collectionGroup}/${field.fieldPath}" => field }

  # Access to this database and no other of the project.
  database_condition = {
    title       = "database-default"
    description = "The default database only"
    expression  = "resource.name == \"projects/${var.project_id}/databases/(default)\""
  }
}

resource "google_firestore_database" "documents" {
  name                              = "(default)"
  location_id                       = var.data_location.firestore
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "PESSIMISTIC"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = var.deletion_protection ? "PREVENT" : "DELETE"

  depends_on = [google_project_service.used]
}

resource "google_firestore_backup_schedule" "daily" {
  database  = google_firestore_database.documents.name
  retention = "${var.backup_days * 86400}s"

  daily_recurrence {}
}

resource "google_firestore_index" "compound" {
  for_each = local.indexes

  database    = google_firestore_database.documents.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path = fields.value.fieldPath
      order      = fields.value.order
    }
  }
}

# Times are indexed only behind an owner, a key or a shard: rising values in an index of their own cap a collection at some
# 500 writes a second. Where `ttl` is said, documents go by themselves some time after it.
resource "google_firestore_field" "single" {
  for_each = local.fields

  database   = google_firestore_database.documents.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes
      content {
        order       = indexes.value.order
        query_scope = indexes.value.queryScope
      }
    }
  }

  dynamic "ttl_config" {
    for_each = try(each.value.ttl, false) ? [true] : []
    content {}
  }
}
