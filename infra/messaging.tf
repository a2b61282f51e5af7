# Topics and who hears of them.
#
#   usage ──push──▶ usage, fx          given up after 10 tries ──▶ usage-dead ──push──▶ usage-dead-letter
#         ──write─▶ BigQuery                              │
#   alerts ─write─▶ BigQuery                              └─ what cannot even be told of ──▶ parked
#          ──push─▶ webhooks
#   webhooks ─push─▶ webhooks          deliveries to try now, and each minute those that are due
#
# No charge is lost with a message: its lease has it until it is counted, and the sweep publishes that again.

locals {
  pubsub_agent = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"

  max_delivery_attempts = 10

  # Consumers: the path names the topic, from which functions-framework makes the CloudEvent.
  pushes = {
    usage-usage = {
      topic       = "usage"
      uri         = module.usage.uri
      invoker     = google_service_account.usage_invoker
      dead_letter = "usage-dead"
    }
    usage-fx = {
      topic       = "usage"
      uri         = module.fx.uri
      invoker     = google_service_account.fx_invoker
      dead_letter = "usage-dead"
    }
    usage-dead-letter = {
      topic       = "usage-dead"
      uri         = module.usage_dead_letter.uri
      invoker     = google_service_account.usage_dead_letter_invoker
      dead_letter = "parked"
    }
    # What is given up is not lost: an alert stays a document, and a delivery is due again.
    alerts-webhooks = {
      topic       = "alerts"
      uri         = module.webhooks.uri
      invoker     = google_service_account.webhooks_invoker
      dead_letter = "parked"
    }
    webhooks-webhooks = {
      topic       = "webhooks"
      uri         = module.webhooks.uri
      invoker     = google_service_account.webhooks_invoker
      dead_letter = "parked"
    }
  }
  # By hand, since nobody publishes them again: what BigQuery refused waits in `parked`.
  warehouses = { usage-warehouse = "usage", alerts-warehouse = "alerts" }

  dead_letters = concat([for push in local.pushes : push.dead_letter], ["parked"])
}

resource "google_pubsub_topic" "topics" {
  for_each = toset(["usage", "usage-dead", "alerts", "webhooks", "parked"])

  name = each.key
  # So that a subscription that was mended can be sent back in time.
  message_retention_duration = "604800s"

  message_storage_policy {
    allowed_persistence_regions = var.regions
  }

  depends_on = [google_project_service.used]
}

resource "google_pubsub_subscription" "push" {
  for_each = local.pushes

  name                       = each.key
  topic                      = google_pubsub_topic.topics[each.value.topic].id
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"

  push_config {
    push_endpoint = "${each.value.uri}/projects/${var.project_id}/topics/${each.value.topic}"
    oidc_token {
      service_account_email = each.value.invoker.email
      audience              = each.value.uri
    }
  }
  retry_policy {
    minimum_backoff = "1s"
    maximum_backoff = "600s"
  }
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.topics[each.value.dead_letter].id
    max_delivery_attempts = local.max_delivery_attempts
  }
  # Never: a quiet month must not end the counting.
  expiration_policy {
    ttl = ""
  }

  depends_on = [google_service_account_iam_member.pubsub_signs]
}

resource "google_pubsub_subscription" "warehouse" {
  for_each = local.warehouses

  name                       = each.key
  topic                      = google_pubsub_topic.topics[each.value].id
  message_retention_duration = "604800s"

  bigquery_config {
    table          = "${var.project_id}.${google_bigquery_dataset.events.dataset_id}.${google_bigquery_table.events[each.value].table_id}"
    write_metadata = true
  }
  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.topics["parked"].id
    max_delivery_attempts = local.max_delivery_attempts
  }
  expiration_policy {
    ttl = ""
  }

  depends_on = [google_bigquery_table_iam_member.pubsub]
}

# The end of every way: pulled by hand, watched by an alert.
resource "google_pubsub_subscription" "parked" {
  name                       = "parked"
  topic                      = google_pubsub_topic.topics["parked"].id
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}

# Pub/Sub's own account signs the invokers' tokens, takes from each subscription what is given up, and puts it on its topic.
resource "google_service_account_iam_member" "pubsub_signs" {
  for_each = local.pushes

  service_account_id = each.value.invoker.name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "pubsub_gives_up" {
  for_each = merge(google_pubsub_subscription.push, google_pubsub_subscription.warehouse)

  subscription = each.value.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

resource "google_pubsub_topic_iam_member" "pubsub_gives_up" {
  for_each = toset(local.dead_letters)

  topic  = google_pubsub_topic.topics[each.key].name
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}
