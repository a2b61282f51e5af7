# What must not get lost. Holds in every environment.

mock_provider "google" {
  source = "./tests/mocks"
}

run "documents_can_be_had_back" {
  assert {
    condition     = google_firestore_database.documents.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED"
    error_message = "Any minute of the last seven days can be had back."
  }
  assert {
    condition     = tonumber(trimsuffix(google_firestore_backup_schedule.daily.retention, "s")) >= 7 * 86400 && length(google_firestore_backup_schedule.daily.daily_recurrence) == 1
    error_message = "A backup is made each day and kept for a week at least."
  }
  assert {
    condition     = google_firestore_database.documents.type == "FIRESTORE_NATIVE"
    error_message = "Listeners need Firestore in native mode."
  }
}

run "protected_unless_it_is_to_be_thrown_away" {
  variables {
    deletion_protection = true
  }
  assert {
    condition     = google_firestore_database.documents.delete_protection_state == "DELETE_PROTECTION_ENABLED" && google_firestore_database.documents.deletion_policy == "PREVENT"
    error_message = "Neither Google nor Terraform deletes the database."
  }
  assert {
    condition     = alltrue([for table in google_bigquery_table.events : table.deletion_protection])
    error_message = "No table is deleted."
  }
  assert {
    condition     = alltrue([for secret in google_secret_manager_secret.held : secret.deletion_protection])
    error_message = "No secret is deleted."
  }
}

run "time_to_live_never_touches_money" {
  assert {
    condition     = toset([for field in google_firestore_field.single : field.collection if length(field.ttl_config) > 0]) == toset(["claims", "deliveries", "entries", "failed_requests", "refusals", "sessions"])
    error_message = "Only what has an end of its own goes by itself: of entries those of charges alone, never owners, leases, the outbox, rollups or spending."
  }
}

run "every_subscription_has_an_end" {
  assert {
    condition = alltrue([
      for subscription in merge(google_pubsub_subscription.push, google_pubsub_subscription.warehouse) :
      one(subscription.dead_letter_policy).max_delivery_attempts >= 5 && length(one(subscription.dead_letter_policy).dead_letter_topic) > 0
    ])
    error_message = "What is not handled after some tries goes to a dead-letter topic."
  }
  assert {
    condition = alltrue([
      for subscription in google_pubsub_subscription.push :
      one(subscription.dead_letter_policy).dead_letter_topic == google_pubsub_topic.topics[
        subscription.topic == google_pubsub_topic.topics["usage"].id ? "usage-dead" : "parked"
      ].id
    ])
    error_message = "What a consumer gives up is reported; what cannot be reported is parked."
  }
  assert {
    condition     = google_pubsub_subscription.parked.topic == google_pubsub_topic.topics["parked"].id && google_pubsub_subscription.parked.message_retention_duration == "2678400s"
    error_message = "What is parked waits for a month."
  }
  assert {
    condition = alltrue([
      for subscription in concat(values(google_pubsub_subscription.push), values(google_pubsub_subscription.warehouse), [google_pubsub_subscription.parked]) :
      one(subscription.expiration_policy).ttl == ""
    ])
    error_message = "No subscription ends because nothing happened."
  }
  assert {
    condition = (
      toset(keys(google_pubsub_subscription_iam_member.pubsub_gives_up)) == setunion(keys(google_pubsub_subscription.push), keys(google_pubsub_subscription.warehouse)) &&
      toset(keys(google_pubsub_topic_iam_member.pubsub_gives_up)) == toset(["usage-dead", "parked"])
    )
    error_message = "Pub/Sub may take from each subscription what it gives up, and may publish it."
  }
  assert {
    condition     = alltrue([for topic in google_pubsub_topic.topics : toset(one(topic.message_storage_policy).allowed_persistence_regions) == toset(var.regions)])
    error_message = "Messages are kept in our own regions."
  }
}

run "events_are_kept_for_a_time_that_is_named" {
  assert {
    condition = alltrue([
      for table in google_bigquery_table.events :
      one(table.time_partitioning).expiration_ms == var.warehouse_days * 86400000 && table.require_partition_filter
    ])
    error_message = "Tables are partitioned, forget, and are not read whole by mistake."
  }
  assert {
    condition     = alltrue([for name, subscription in google_pubsub_subscription.warehouse : endswith(one(subscription.bigquery_config).table, ".mesh.${local.warehouses[name]}")])
    error_message = "A topic is written to its own table."
  }
}

run "images_are_tidied_but_those_that_run" {
  assert {
    condition     = google_artifact_registry_repository.images.docker_config[0].immutable_tags
    error_message = "A tag means one image for ever."
  }
  assert {
    condition     = toset([for policy in google_artifact_registry_repository.images.cleanup_policies : policy.action]) == toset(["KEEP", "DELETE"])
    error_message = "Old images go, the last ones stay."
  }
}
