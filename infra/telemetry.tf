# What functions tell of themselves, by name.

locals {
  telemetry = { collector_image = var.collector_image, trace_ratio = var.trace_ratio }

  # Only where a collector speaks.
  telemetry_roles = var.collector_image == null ? toset([]) : toset(["roles/monitoring.metricWriter", "roles/cloudtrace.agent"])

  # Metrics of the functions, as `functions/platform/telemetry/metric-names.ts` has them, and in PromQL. A histogram is asked
  # by its buckets: `<name>_bucket`.
  metrics = {
    for name in [
      "gen_ai.client.token.usage",
      "gen_ai.server.request.duration",
      "gen_ai.server.time_to_first_token",
      "mesh.added_latency",
      "mesh.attempt.failures",
      "mesh.breaker.transitions",
      "mesh.breakers.open",
      "mesh.charges.lost",
      "mesh.cost",
      "mesh.events.lag",
      "mesh.fx.age",
      "mesh.holds.expired",
      "mesh.lease.transactions",
      "mesh.overage",
      "mesh.request.errors",
      "mesh.requests",
      "mesh.schedule.success",
      "mesh.background.failures",
      "mesh.log.dropped",
    ] : name => "workload.googleapis.com/${name}"
  }
}
