# The public side: one address for all regions, TLS, and limits before anything reaches a router. Only where there is a domain.
#
# Plain HTTP is not listened to at all: a redirect would answer a request that has already carried its key in clear.
# The timeout of a serverless backend is an hour and cannot be set, which is what the longest streams need.

locals {
  serving_regions = local.edge ? toset([for region in var.regions : region if !contains(var.drained_regions, region)]) : toset([])

  # Where no body comes with a request. Prompts are full of SQL, scripts and shell commands that mean no harm, so no
  # signature ever looks at one.
  without_body = "request.method != 'POST' && request.method != 'PUT' && request.method != 'PATCH'"
  signatures   = ["scannerdetection-v33-stable", "protocolattack-v33-stable", "lfi-v33-stable", "rce-v33-stable", "sqli-v33-stable"]

  # By address, whatever a request shows: a key that is made up would else be a limit of its own. The first rule that matches
  # decides, so who shows something that could be a key has the wider limit, and who does not the narrow one. Keys have limits of
  # their own in the router, which also counts those that are not there, by address.
  key = "[rm][sa]k_[0-9A-Za-z]+$"
  rate_limits = {
    key = {
      priority = 2000
      expression = join(" || ", [
        "(has(request.headers['authorization']) && request.headers['authorization'].matches('^[Bb]earer +${local.key}'))",
        "(has(request.headers['x-api-key']) && request.headers['x-api-key'].matches('^${local.key}'))",
        "(has(request.headers['x-goog-api-key']) && request.headers['x-goog-api-key'].matches('^${local.key}'))",
      ])
      count = var.edge.per_address_with_key_per_minute
    }
    address = {
      priority   = 2200
      expression = "true"
      count      = var.edge.per_address_per_minute
    }
  }
}

resource "google_compute_security_policy" "edge" {
  count = local.edge ? 1 : 0

  name        = "mesh-edge"
  description = "What may reach the router"
  type        = "CLOUD_ARMOR"

  # Bodies are not parsed and, by the rules below, not inspected.
  advanced_options_config {
    json_parsing = "DISABLED"
    log_level    = "NORMAL"
  }

  # Tells of floods; acts on nothing by itself.
  adaptive_protection_config {
    layer_7_ddos_defense_config {
      enable = true
    }
  }

  dynamic "rule" {
    for_each = local.signatures
    content {
      action      = "deny(403)"
      priority    = 1000 + rule.key * 10
      preview     = var.edge.preview
      description = "${rule.value}, never on a body"
      match {
        expr {
          expression = "${local.without_body} && evaluatePreconfiguredWaf('${rule.value}', {'sensitivity': 1})"
        }
      }
    }
  }

  dynamic "rule" {
    for_each = local.rate_limits
    content {
      action      = "throttle"
      priority    = rule.value.priority
      preview     = var.edge.preview
      description = "Requests a minute by ${rule.key}"
      match {
        expr {
          expression = rule.value.expression
        }
      }
      rate_limit_options {
        conform_action = "allow"
        exceed_action  = "deny(429)"
        enforce_on_key = "IP"
        rate_limit_threshold {
          count        = rule.value.count
          interval_sec = 60
        }
      }
    }
  }

  # Required, and what holds while the others only watch.
  rule {
    action      = "allow"
    priority    = 2147483647
    description = "Everything else"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_compute_region_network_endpoint_group" "router" {
  for_each = local.serving_regions

  name                  = "mesh-router"
  region                = each.key
  network_endpoint_type = "SERVERLESS"
  cloud_run {
    service = module.router[each.key].name
  }
  # A region that is drained leaves the backend service before its group goes: while it is in use it cannot.
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_compute_backend_service" "router" {
  count = local.edge ? 1 : 0

  name                  = "mesh-router"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.edge[0].id
  enable_cdn            = false

  dynamic "backend" {
    for_each = google_compute_region_network_endpoint_group.router
    content {
      group = backend.value.id
    }
  }

  # No outlier detection: a 502 here is mostly a provider's failure, and would send away a region that is well.

  # Address, path, status, times; no headers and no bodies.
  log_config {
    enable        = true
    sample_rate   = var.edge.log_ratio
    optional_mode = "EXCLUDE_ALL_OPTIONAL"
  }
}

resource "google_compute_url_map" "edge" {
  count = local.edge ? 1 : 0

  name            = "mesh"
  default_service = google_compute_backend_service.router[0].id
}

resource "google_compute_managed_ssl_certificate" "edge" {
  count = local.edge ? 1 : 0

  # Another domain is another certificate, there before the old one goes.
  name = "mesh-${substr(sha256(var.domain), 0, 8)}"
  managed {
    domains = [var.domain]
  }
  lifecycle {
    create_before_destroy = true
  }
  depends_on = [google_project_service.used]
}

resource "google_compute_ssl_policy" "edge" {
  count = local.edge ? 1 : 0

  name            = "mesh"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
  depends_on      = [google_project_service.used]
}

resource "google_compute_target_https_proxy" "edge" {
  count = local.edge ? 1 : 0

  name             = "mesh"
  url_map          = google_compute_url_map.edge[0].id
  ssl_certificates = [google_compute_managed_ssl_certificate.edge[0].id]
  ssl_policy       = google_compute_ssl_policy.edge[0].id
}

resource "google_compute_global_address" "edge" {
  count = local.edge ? 1 : 0

  name       = "mesh"
  depends_on = [google_project_service.used]
}

resource "google_compute_global_forwarding_rule" "edge" {
  count = local.edge ? 1 : 0

  name                  = "mesh"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.edge[0].id
  port_range            = "443"
  target                = google_compute_target_https_proxy.edge[0].id
}
