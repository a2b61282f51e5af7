# What runs without being asked. A job that fails is tried again; one that does not succeed for long raises an alert.

locals {
  jobs = {
    fx-refresh = {
      schedule = "7 */6 * * *"
      uri      = module.fx_refresh.uri
      invoker  = google_service_account.fx_refresh_invoker.email
      deadline = "60s"
      retries  = 5
      # Two runs and their retries.
      silence = "13h"
    }
    sweep = {
      schedule = "* * * * *"
      uri      = module.sweep.uri
      invoker  = google_service_account.sweep_invoker.email
      deadline = "300s"
      # The next minute is as good.
      retries = 1
      silence = "15m"
    }
  }
}

resource "google_cloud_scheduler_job" "jobs" {
  for_each = local.jobs

  name             = each.key
  region           = local.home
  schedule         = each.value.schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = each.value.deadline

  http_target {
    uri         = each.value.uri
    http_method = "POST"
    oidc_token {
      service_account_email = each.value.invoker
      audience              = each.value.uri
    }
  }
  retry_config {
    retry_count          = each.value.retries
    min_backoff_duration = "10s"
    max_backoff_duration = "300s"
  }

  depends_on = [google_project_service.used]
}
