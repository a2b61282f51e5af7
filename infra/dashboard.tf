# One page that says how Mesh is doing: each chart is a title and a query.

locals {
  rate = { for name, metric in local.metrics : name => "rate({\"${metric}\",${local.ours}}[5m])" }
  p99  = { for name, metric in local.metrics : name => "histogram_quantile(0.99, sum by (le) (rate({\"${metric}_bucket\",${local.ours}}[5m])))" }
  p50  = { for name, metric in local.metrics : name => "histogram_quantile(0.5, sum by (le) (rate({\"${metric}_bucket\",${local.ours}}[5m])))" }

  charts = [
    { title = "Requests a second", queries = ["sum(${local.rate["mesh.requests"]})"] },
    { title = "Errors a second", queries = ["sum by (error_type) (${local.rate["mesh.request.errors"]})"] },
    { title = "Endpoints that failed, a second", queries = ["sum by (gen_ai_provider_name, error_type) (${local.rate["mesh.attempt.failures"]})"] },
    { title = "First token, seconds (p50, p99)", queries = [local.p50["gen_ai.server.time_to_first_token"], local.p99["gen_ai.server.time_to_first_token"]] },
    { title = "Whole answers, seconds (p50, p99)", queries = [local.p50["gen_ai.server.request.duration"], local.p99["gen_ai.server.request.duration"]] },
    { title = "Added by Mesh, seconds (p50, p99)", queries = [local.p50["mesh.added_latency"], local.p99["mesh.added_latency"]] },
    { title = "Added by Mesh, seconds (p99), by region", queries = ["histogram_quantile(0.99, sum by (location, le) (rate({\"${local.metrics["mesh.added_latency"]}_bucket\",${local.ours}}[5m])))"] },
    { title = "Tokens a second, by type", queries = ["sum by (gen_ai_token_type) (rate({\"${local.metrics["gen_ai.client.token.usage"]}_sum\",${local.ours}}[5m]))"] },
    { title = "Dollars an hour", queries = ["sum(${local.rate["mesh.cost"]}) * 3600"] },
    { title = "Beyond their hold, dollars an hour", queries = ["sum by (mesh_payer) (${local.rate["mesh.overage"]}) * 3600"] },
    { title = "Lease transactions a second, by kind", queries = ["sum by (mesh_kind) (${local.rate["mesh.lease.transactions"]})"] },
    { title = "Endpoints out of use", queries = ["max({\"${local.metrics["mesh.breakers.open"]}\",${local.ours}})"] },
    { title = "Breakers, changes a second", queries = ["sum by (mesh_from, mesh_to) (${local.rate["mesh.breaker.transitions"]})"] },
    { title = "Holds expired, charges lost, an hour", queries = ["sum(${local.rate["mesh.holds.expired"]}) * 3600", "sum(${local.rate["mesh.charges.lost"]}) * 3600"] },
    { title = "From charge to count, seconds (p50, p99)", queries = [local.p50["mesh.events.lag"], local.p99["mesh.events.lag"]] },
    { title = "Exchange rate, age in hours", queries = ["max({\"${local.metrics["mesh.fx.age"]}\",${local.ours}}) / 3600"] },
    { title = "Scheduled jobs, successes an hour", queries = ["sum by (mesh_job) (${local.rate["mesh.schedule.success"]}) * 3600"] },
    { title = "Background work that failed, log lines dropped, an hour", queries = ["sum by (mesh_job) (${local.rate["mesh.background.failures"]}) * 3600", "sum(${local.rate["mesh.log.dropped"]}) * 3600"] },
    { title = "Router, instances", queries = ["sum by (location) ({\"run.googleapis.com/container/instance_count\",${local.run},service_name=\"router\"})"] },
  ]
  columns = 2
  width   = 24
  height  = 12
}

resource "google_monitoring_dashboard" "mesh" {
  dashboard_json = jsonencode({
    displayName = "Mesh"
    mosaicLayout = {
      columns = local.columns * local.width
      tiles = [
        for index, chart in local.charts : {
          xPos   = index % local.columns * local.width
          yPos   = floor(index / local.columns) * local.height
          width  = local.width
          height = local.height
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [for query in chart.queries : { plotType = "LINE", timeSeriesQuery = { prometheusQuery = query } }]
            }
          }
        }
      ]
    }
  })

  depends_on = [google_project_service.used]
}
