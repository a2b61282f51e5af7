# Who deploys without a person. Holds in every environment.

mock_provider "google" {
  source = "./tests/mocks"
}

run "nobody_where_no_workflow_is_named" {
  variables {
    github = null
  }
  assert {
    condition     = length(google_service_account.deployer) + length(google_iam_workload_identity_pool.github) + length(google_storage_bucket_iam_member.deployer) == 0
    error_message = "Only people deploy until somebody says otherwise."
  }
}

run "one_workflow_on_one_branch" {
  variables {
    github = { repository = "acme/mesh", repository_id = "123456789" }
  }
  assert {
    condition = google_iam_workload_identity_pool_provider.github["github"].attribute_condition == join(" && ", [
      "assertion.repository_id == '123456789'",
      "assertion.ref == 'refs/heads/main'",
      "assertion.workflow_ref == 'acme/mesh/.github/workflows/deploy.yml@refs/heads/main'",
    ])
    error_message = "No other repository, branch or workflow is let in."
  }
  assert {
    condition     = endswith(google_service_account_iam_member.deployer_is_github["github"].member, "/attribute.repository_id/123456789") && google_service_account_iam_member.deployer_is_github["github"].role == "roles/iam.workloadIdentityUser"
    error_message = "Nobody else acts as the deployer."
  }
  assert {
    condition = alltrue([
      for permission in google_project_iam_custom_role.deployer["github"].permissions :
      contains(local.deployer_writes, permission) || can(regex("[.](get|list|getIamPolicy|getMetadata|use)$", permission))
    ])
    error_message = "But for a roll-out it only reads."
  }
  assert {
    condition = length(setintersection(google_project_iam_custom_role.deployer["github"].permissions, [
      "datastore.entities.get", "datastore.entities.list", "secretmanager.versions.access", "pubsub.subscriptions.consume",
      "bigquery.tables.getData", "storage.objects.get", "logging.logEntries.list", "run.services.setIamPolicy",
      "resourcemanager.projects.setIamPolicy", "iam.serviceAccounts.setIamPolicy",
    ])) == 0
    error_message = "It reads no data and grants nothing."
  }
  assert {
    condition     = toset([for each in google_storage_bucket_iam_member.deployer : each.bucket]) == toset(["${var.project_id}-mesh-build", "${var.project_id}-mesh-state"])
    error_message = "It writes sources and the state, and nothing else."
  }
  assert {
    condition = length(distinct([for each in google_service_account_iam_member.deployer_acts_as : each.service_account_id])) == length(local.run_as) && alltrue([
      for each in google_service_account_iam_member.deployer_acts_as : each.role == "roles/iam.serviceAccountUser"
    ])
    error_message = "It acts as the functions and the builder, and as nobody else."
  }
}

run "a_tag_is_no_branch" {
  command = plan
  variables {
    github = { repository = "acme/mesh", repository_id = "123456789", ref = "refs/tags/v1" }
  }
  expect_failures = [var.github]
}

run "a_repository_by_its_address" {
  command = plan
  variables {
    github = { repository = "https://github.com/acme/mesh", repository_id = "123456789" }
  }
  expect_failures = [var.github]
}
