# What Google's own logs of requests keep. The load balancer and Cloud Run write whole URLs, and a key that somebody put into the
# query would stand there for whoever may read logs. Both have the address, status and times; neither has headers or bodies.

locals {
  request_logs = {
    load-balancer = "resource.type=\"http_load_balancer\""
    cloud-run     = "resource.type=\"cloud_run_revision\" log_id(\"run.googleapis.com/requests\")"
  }
  # But for what Anthropic's clients say with each request.
  has_query = "httpRequest.requestUrl=~\"[?]\" NOT httpRequest.requestUrl=~\"[?]beta=true$\""
}

resource "google_logging_project_exclusion" "queries" {
  for_each = local.request_logs

  name        = "mesh-queries-${each.key}"
  description = "Requests with a query, which may hold a key"
  filter      = "${each.value} ${local.has_query}"

  depends_on = [google_project_service.used]
}
