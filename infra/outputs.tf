output "url" {
  description = "Where the API is reached."
  value       = local.edge ? "https://${var.domain}" : module.router[local.home].uri

  # Said when it is true.
  depends_on = [
    google_cloud_run_v2_service_iam_member.router_callers,
    google_secret_manager_secret_iam_member.router,
    google_project_iam_member.router_documents,
  ]
}

output "address" {
  description = "The load balancer's address, for the domain's A record; null without one."
  value       = one(google_compute_global_address.edge[*].address)
  depends_on  = [google_compute_global_forwarding_rule.edge]
}

output "image" {
  description = "What runs."
  value       = var.image
}

output "jobs" {
  description = "The scheduled jobs, and where they are."
  value       = { for name, job in google_cloud_scheduler_job.jobs : name => job.region }

  depends_on = [
    google_cloud_run_v2_service_iam_member.sweep_callers,
    google_cloud_run_v2_service_iam_member.fx_refresh_callers,
  ]
}

output "github" {
  description = "What the workflow on GitHub is told: who vouches for it, and as whom it deploys; null without one."
  value = var.github == null ? null : {
    workload_identity_provider = google_iam_workload_identity_pool_provider.github["github"].name
    service_account            = google_service_account.deployer["github"].email
  }
}
