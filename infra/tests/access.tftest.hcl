# Who may do what. Holds in every environment: run with `-var-file=envs/….tfvars`.

mock_provider "google" {
  source = "./tests/mocks"
}

run "only_the_router_is_public" {
  variables {
    open_by = "all_users"
  }
  assert {
    condition     = length(google_cloud_run_v2_service_iam_member.router_callers) == length(var.regions) && alltrue([for router in module.router : !router.invoker_iam_disabled])
    error_message = "The router can be called in each of its regions."
  }
  assert {
    condition     = alltrue([for each in google_cloud_run_v2_service_iam_member.router_callers : each.name == "router" && each.member == "allUsers"])
    error_message = "allUsers is said of the router alone."
  }
  assert {
    condition = alltrue([
      for caller, account in {
        usage             = { iam = google_cloud_run_v2_service_iam_member.usage_callers, account = google_service_account.usage_invoker }
        usage-dead-letter = { iam = google_cloud_run_v2_service_iam_member.usage_dead_letter_callers, account = google_service_account.usage_dead_letter_invoker }
        fx                = { iam = google_cloud_run_v2_service_iam_member.fx_callers, account = google_service_account.fx_invoker }
        fx-refresh        = { iam = google_cloud_run_v2_service_iam_member.fx_refresh_callers, account = google_service_account.fx_refresh_invoker }
        sweep             = { iam = google_cloud_run_v2_service_iam_member.sweep_callers, account = google_service_account.sweep_invoker }
      } : account.iam.name == caller && account.iam.role == "roles/run.invoker" && account.iam.member == account.account.member
    ])
    error_message = "Each other function is called by its own invoker and nobody else."
  }
}

run "the_operators_catalogue_is_read_and_kept" {
  variables {
    catalogue_overlay = true
  }
  assert {
    condition = (
      google_storage_bucket.catalogue[0].versioning[0].enabled &&
      google_storage_bucket.catalogue[0].public_access_prevention == "enforced" &&
      google_storage_bucket.catalogue[0].uniform_bucket_level_access
    )
    error_message = "Older versions can be had back, and nobody reads them but who is named."
  }
  assert {
    condition = (
      google_storage_bucket_iam_member.router_catalogue[0].role == "roles/storage.objectViewer" &&
      google_storage_bucket_iam_member.router_catalogue[0].bucket == google_storage_bucket.catalogue[0].name &&
      google_storage_bucket_iam_member.router_catalogue[0].member == google_service_account.router.member
    )
    error_message = "The router reads it and may not write it."
  }
}

run "without_an_overlay_there_is_no_bucket" {
  variables {
    catalogue_overlay = false
  }
  assert {
    condition     = length(google_storage_bucket.catalogue) == 0 && length(google_storage_bucket_object.catalogue) == 0 && length(google_storage_bucket_iam_member.router_catalogue) == 0
    error_message = "The built-in catalogue needs no bucket."
  }
}

run "where_nobody_may_grant_everybody_a_role" {
  variables {
    open_by = "no_check"
  }
  assert {
    condition     = length(google_cloud_run_v2_service_iam_member.router_callers) == 0 && alltrue([for router in module.router : router.invoker_iam_disabled])
    error_message = "The router is open without a grant."
  }
  assert {
    condition = alltrue([
      for service in [module.usage, module.usage_dead_letter, module.fx, module.fx_refresh, module.sweep] : !service.invoker_iam_disabled
    ])
    error_message = "Google checks who calls every other function."
  }
}

run "ingress_of_every_service" {
  assert {
    condition = alltrue([
      for service in [module.usage, module.usage_dead_letter, module.fx, module.fx_refresh, module.sweep] :
      service.ingress == "INGRESS_TRAFFIC_INTERNAL_ONLY"
    ])
    error_message = "Functions that are not for the public take calls of the project's own network alone."
  }
  assert {
    condition = alltrue([
      for router in module.router : router.ingress == (var.domain == null ? "INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER")
    ])
    error_message = "Where there is a load balancer nothing else reaches the router."
  }
}

run "one_account_for_each_function" {
  assert {
    condition = length(distinct(concat(
      [for router in module.router : router.service_account],
      [for service in [module.usage, module.usage_dead_letter, module.fx, module.fx_refresh, module.sweep] : service.service_account],
    ))) == 6
    error_message = "No two functions share an account."
  }
  assert {
    condition = length(distinct([
      for account in [
        google_service_account.router, google_service_account.usage, google_service_account.usage_dead_letter,
        google_service_account.fx, google_service_account.fx_refresh, google_service_account.sweep,
        google_service_account.usage_invoker, google_service_account.usage_dead_letter_invoker, google_service_account.fx_invoker,
        google_service_account.fx_refresh_invoker, google_service_account.sweep_invoker, google_service_account.build,
      ] : account.account_id
    ])) == 12
    error_message = "Functions, their invokers and the builder are twelve accounts."
  }
}

run "documents_of_one_database" {
  assert {
    condition = alltrue([
      for grant in [
        google_project_iam_member.router_documents, google_project_iam_member.usage_documents,
        google_project_iam_member.usage_dead_letter_documents, google_project_iam_member.fx_documents,
        google_project_iam_member.fx_refresh_documents, google_project_iam_member.sweep_documents,
      ] :
      grant.role == "roles/datastore.user" &&
      one(grant.condition).expression == "resource.name == \"projects/${var.project_id}/databases/(default)\""
    ])
    error_message = "Access to documents is of the one database, and to documents only."
  }
  assert {
    condition     = google_project_iam_custom_role.vertex_caller.permissions == toset(["aiplatform.endpoints.predict"])
    error_message = "The router may ask models on Vertex AI, and nothing else there."
  }
}

run "secrets_for_the_router_alone" {
  assert {
    condition     = toset(keys(google_secret_manager_secret_iam_member.router)) == setunion(var.upstream_secrets, ["mesh-admin-key", "mesh-seal-key", "mesh-user-key"])
    error_message = "Every secret is granted by itself."
  }
  assert {
    condition = alltrue([
      for name, grant in google_secret_manager_secret_iam_member.router :
      grant.secret_id == name && grant.role == "roles/secretmanager.secretAccessor" && grant.member == google_service_account.router.member
    ])
    error_message = "The router reads our credentials, and nobody else."
  }
  assert {
    condition     = toset(keys(google_secret_manager_secret_iam_member.webhooks)) == toset(["mesh-user-key"])
    error_message = "The function webhooks reads what it signs with, and the key of a provider of mail only where there is one."
  }
  assert {
    condition     = toset(flatten([for config in google_project_iam_audit_config.secrets.audit_log_config : config.log_type])) == toset(["DATA_READ", "DATA_WRITE"])
    error_message = "Every reading of a secret is written down."
  }
  assert {
    condition     = google_project_iam_custom_role.provider_key_maker.permissions == toset(["secretmanager.secrets.create"])
    error_message = "Whatever its name, a secret is only made, empty."
  }
  assert {
    condition     = google_project_iam_custom_role.provider_key_keeper.permissions == toset(["secretmanager.secrets.delete", "secretmanager.versions.access", "secretmanager.versions.add"])
    error_message = "Of owners' keys a text is added, read and deleted with its secret, and nothing else."
  }
  assert {
    condition = (
      one(google_project_iam_member.router_provider_keys.condition).expression == "resource.name.startsWith(\"projects/${var.project_number}/secrets/mesh-provider-key-\")" &&
      alltrue([
        for grant in [google_project_iam_member.router_provider_keys, google_project_iam_member.router_provider_key_maker] :
        grant.member == google_service_account.router.member
      ])
    )
    error_message = "The router reads and deletes secrets of owners by their prefix alone, and nobody else does."
  }
}

run "every_push_is_signed" {
  assert {
    condition = alltrue([
      for name, push in google_pubsub_subscription.push :
      one(one(push.push_config).oidc_token).service_account_email == local.pushes[name].invoker.email &&
      one(one(push.push_config).oidc_token).audience == local.pushes[name].uri &&
      startswith(one(push.push_config).push_endpoint, local.pushes[name].uri)
    ])
    error_message = "A push carries a token of its own invoker for its own service."
  }
  assert {
    condition     = length(distinct([for push in google_pubsub_subscription.push : one(one(push.push_config).oidc_token).service_account_email])) == length(distinct([for push in local.pushes : push.uri]))
    error_message = "No two services share an invoker."
  }
  assert {
    condition     = alltrue([for name, signer in google_service_account_iam_member.pubsub_signs : signer.role == "roles/iam.serviceAccountOpenIdTokenCreator" && signer.service_account_id == local.pushes[name].invoker.name])
    error_message = "Pub/Sub signs as the invokers and as nobody else."
  }
  assert {
    condition = alltrue([
      for name, job in google_cloud_scheduler_job.jobs :
      one(one(job.http_target).oidc_token).service_account_email == local.jobs[name].invoker &&
      one(one(job.http_target).oidc_token).audience == local.jobs[name].uri
    ])
    error_message = "A scheduled call carries a token of its own invoker for its own service."
  }
}
