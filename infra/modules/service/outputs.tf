output "name" {
  description = "The service's name."
  value       = google_cloud_run_v2_service.this.name
}

output "location" {
  description = "The service's region."
  value       = google_cloud_run_v2_service.this.location
}

output "uri" {
  description = "The service's run.app address."
  value       = google_cloud_run_v2_service.this.uri
}

output "max_instances" {
  description = "The most instances."
  value       = google_cloud_run_v2_service.this.template[0].scaling[0].max_instance_count
}

output "ingress" {
  description = "Where calls may come from."
  value       = google_cloud_run_v2_service.this.ingress
}

output "service_account" {
  description = "The account it runs as."
  value       = google_cloud_run_v2_service.this.template[0].service_account
}

output "invoker_iam_disabled" {
  description = "Whether anybody who reaches it may call it."
  value       = google_cloud_run_v2_service.this.invoker_iam_disabled
}
