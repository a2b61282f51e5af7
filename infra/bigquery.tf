# Every event, for questions that the rollups do not answer. Written by Pub/Sub itself.

locals {
  # Pub/Sub's own columns for messages without a schema.
  # https://cloud.google.com/pubsub/docs/bigquery#write_message_metadata
  event_columns = [
    { name = "subscription_name", type = "STRING", mode = "NULLABLE", description = "The subscription that wrote the row" },
    { name = "message_id", type = "STRING", mode = "NULLABLE", description = "The same for every delivery of a message" },
    { name = "publish_time", type = "TIMESTAMP", mode = "NULLABLE", description = "When Pub/Sub took the message" },
    { name = "data", type = "JSON", mode = "NULLABLE", description = "The event: ids, counts, decimal strings; never content" },
    { name = "attributes", type = "JSON", mode = "NULLABLE", description = "The attribute `id` names the event" },
  ]
}

resource "google_bigquery_dataset" "events" {
  dataset_id  = "mesh"
  location    = var.data_location.bigquery
  description = "Events of the topics usage and alerts"

  depends_on = [google_project_service.used]
}

resource "google_bigquery_table" "events" {
  for_each = toset(["usage", "alerts"])

  dataset_id               = google_bigquery_dataset.events.dataset_id
  table_id                 = each.key
  schema                   = jsonencode(local.event_columns)
  clustering               = ["message_id"]
  require_partition_filter = true
  deletion_protection      = var.deletion_protection

  time_partitioning {
    type          = "DAY"
    field         = "publish_time"
    expiration_ms = var.warehouse_days * 86400000
  }
}

resource "google_bigquery_table_iam_member" "pubsub" {
  for_each = google_bigquery_table.events

  dataset_id = each.value.dataset_id
  table_id   = each.value.table_id
  role       = "roles/bigquery.dataEditor"
  member     = local.pubsub_agent
}
