# What Google would give and the provider checks the form of: names of accounts, each its own.

override_resource {
  target = google_service_account.build
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-build@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-build@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-build@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.fx
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-fx@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-fx@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-fx@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.fx_invoker
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-fx-invoker@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-fx-invoker@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-fx-invoker@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.fx_refresh
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-fx-refresh@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-fx-refresh@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-fx-refresh@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.fx_refresh_invoker
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-fx-refresh-invoker@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-fx-refresh-invoker@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-fx-refresh-invoker@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.router
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-router@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-router@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-router@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.sweep
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-sweep@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-sweep@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-sweep@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.sweep_invoker
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-sweep-invoker@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-sweep-invoker@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-sweep-invoker@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.usage
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-usage@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-usage@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-usage@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.usage_dead_letter
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-usage-dead-letter@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-usage-dead-letter@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-usage-dead-letter@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.usage_dead_letter_invoker
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-usage-dead-letter-invoker@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-usage-dead-letter-invoker@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-usage-dead-letter-invoker@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.usage_invoker
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-usage-invoker@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-usage-invoker@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-usage-invoker@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.deployer
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-deployer@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-deployer@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-deployer@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.webhooks
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-webhooks@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-webhooks@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-webhooks@mesh-test-000000.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.webhooks_invoker
  values = {
    name   = "projects/mesh-test-000000/serviceAccounts/mesh-webhooks-invoker@mesh-test-000000.iam.gserviceaccount.com"
    email  = "mesh-webhooks-invoker@mesh-test-000000.iam.gserviceaccount.com"
    member = "serviceAccount:mesh-webhooks-invoker@mesh-test-000000.iam.gserviceaccount.com"
  }
}
