# What differs between environments. Everything else is the same everywhere and stands where it is used.

variable "project_id" {
  description = "The Google Cloud project, which holds one Mesh and nothing else."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "project_number" {
  description = "The project's number: Google names its own service agents by it."
  type        = string
  validation {
    condition     = can(regex("^[0-9]{6,20}$", var.project_number))
    error_message = "A project's number has digits only."
  }
}

variable "environment" {
  description = "What this project is for."
  type        = string
  validation {
    condition     = contains(["dev", "prod"], var.environment)
    error_message = "The environment is dev or prod."
  }
}

variable "regions" {
  description = "Where the router runs. The first is home: consumers, schedules and images are there."
  type        = list(string)
  validation {
    condition     = length(var.regions) > 0 && length(distinct(var.regions)) == length(var.regions)
    error_message = "At least one region, each once."
  }
  validation {
    condition     = alltrue([for region in var.regions : can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", region))])
    error_message = "A region looks like asia-south1."
  }
  validation {
    condition     = length(var.regions) == 1 || var.domain != null
    error_message = "Several regions need a domain: only the load balancer spreads requests over them."
  }
}

variable "open_by" {
  description = "How the router takes calls that Google has not checked, since it checks keys itself: `all_users` grants everybody the role; `no_check` turns the check off, where an organisation's policy forbids that grant (constraints/iam.allowedPolicyMemberDomains)."
  type        = string
  default     = "all_users"
  validation {
    condition     = contains(["all_users", "no_check"], var.open_by)
    error_message = "It is open by all_users or no_check."
  }
}

variable "drained_regions" {
  description = "Regions whose routers run on but get no new requests."
  type        = list(string)
  default     = []
  validation {
    condition     = length(setsubtract(var.drained_regions, var.regions)) == 0
    error_message = "Only a region of `regions` can be drained."
  }
  validation {
    condition     = length(setsubtract(var.regions, var.drained_regions)) > 0
    error_message = "One region has to be left."
  }
}

variable "data_location" {
  description = "Where Firestore and BigQuery keep their data: a region, or nam5 or eur3 for Firestore over several. Firestore never moves."
  type        = object({ firestore = string, bigquery = string })
}

variable "image" {
  description = "The image of all functions, by digest, so that what was tested is what runs."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9.-]+/.+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "The image is named by its digest: registry/…@sha256:…"
  }
}

variable "collector_image" {
  description = "The OpenTelemetry collector beside each function, by digest or exact version; null: neither metrics nor traces leave a function. Google's own: https://cloud.google.com/stackdriver/docs/instrumentation/opentelemetry-collector-cloud-run"
  type        = string
  default     = null
  validation {
    condition     = var.collector_image == null || can(regex("(@sha256:[0-9a-f]{64}|:[0-9]+\\.[0-9]+\\.[0-9]+)$", var.collector_image))
    error_message = "The collector's image is named by its digest, or by an exact version."
  }
  validation {
    condition     = var.environment != "prod" || var.collector_image != null
    error_message = "Production needs a collector: without one most alerts have nothing to go by."
  }
}

variable "trace_ratio" {
  description = "Which part of the requests is traced."
  type        = number
  default     = 0.001
  validation {
    condition     = var.trace_ratio >= 0 && var.trace_ratio <= 1
    error_message = "The ratio is from 0 to 1."
  }
}

variable "domain" {
  description = "The public name. With it a load balancer with Cloud Armor stands in front and nothing else reaches the router; null: the router's own run.app address is public."
  type        = string
  default     = null
  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "A domain looks like api.example.com."
  }
  validation {
    condition     = var.environment != "prod" || var.domain != null
    error_message = "Production is reached through the load balancer only: it needs a domain."
  }
}

variable "router" {
  description = "The size of the router. `concurrency`: requests at once in one instance, most of which wait for their provider."
  type = object({
    cpu           = optional(number, 1)
    memory        = optional(string, "1Gi")
    concurrency   = optional(number, 250)
    min_instances = optional(number, 1)
    max_instances = optional(number, 10)
  })
  default = {}
  validation {
    condition     = contains([1, 2, 4], var.router.cpu)
    error_message = "One process uses one core, and the collector and the garbage collector what is left: 1, 2 or 4."
  }
  validation {
    condition     = var.router.concurrency >= 1 && var.router.concurrency <= 1000
    error_message = "Cloud Run takes a concurrency of 1 to 1000."
  }
  validation {
    condition     = var.router.min_instances >= 1 && var.router.min_instances <= var.router.max_instances
    error_message = "At least one instance, and no more than max_instances: leases and listeners live in running instances."
  }
  validation {
    condition     = var.router.max_instances <= 1000
    error_message = "Cloud Run's largest number of instances is 1000, with a raised quota."
  }
}

variable "attempt_seconds" {
  description = "How long one endpoint may take, where the router's own limits do not do. Seconds."
  type = object({
    connect     = optional(number)
    first_token = optional(number)
    whole       = optional(number)
    idle        = optional(number)
  })
  default = {}
  validation {
    condition     = alltrue([for seconds in values(var.attempt_seconds) : seconds == null ? true : seconds >= 0.1 && seconds <= 3600])
    error_message = "A limit is from 0.1 to 3600 seconds."
  }
}

variable "lease_seconds" {
  description = "How long a lease lasts without being renewed; a dead instance's money is back after that."
  type        = number
  default     = 60
  validation {
    condition     = var.lease_seconds >= 2 && var.lease_seconds <= 3600
    error_message = "A lease lasts from 2 to 3600 seconds."
  }
}

variable "entry_days" {
  description = "How long Firestore keeps the lines of charges; 0: for ever. Topups, adjustments, refunds, balances and rollups always stay."
  type        = number
  default     = 120
  validation {
    condition     = var.entry_days == 0 || (var.entry_days >= 35 && var.entry_days <= 3650 && floor(var.entry_days) == var.entry_days)
    error_message = "Charges are kept from 35 to 3650 days, or 0: for ever."
  }
}

variable "catalogue_overlay" {
  description = "Whether there is an operator's catalogue, a file in a bucket of its own that is served as it is written."
  type        = bool
  default     = false
}

variable "log_level" {
  description = "The lowest level that the router writes. Alerts are counted from lines of level warn."
  type        = string
  default     = "info"
  validation {
    condition     = contains(["info", "warn"], var.log_level)
    error_message = "The level is info or warn: above them no alert would be heard of."
  }
}

variable "cors_origins" {
  description = "Origins of browsers that may call."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for origin in var.cors_origins : can(regex("^https://[a-z0-9.-]+(:[0-9]+)?$", origin))])
    error_message = "An origin looks like https://app.example.com; `*` would let every web page spend a key it finds."
  }
}

variable "fx_urls" {
  description = "Sources of the USD/INR rate, the most trusted first; empty: those built in."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for url in var.fx_urls : startswith(url, "https://")])
    error_message = "A source of the exchange rate is an https URL."
  }
}

variable "mail" {
  description = "Provider of mail for alerts, with an API like Resend's; null: none. Its key is the secret mail-api-key."
  type        = object({ url = string, from = string })
  default     = null
  validation {
    condition     = var.mail == null ? true : startswith(var.mail.url, "https://")
    error_message = "The provider of mail has an https URL."
  }
}

variable "own_key_fee" {
  description = "What an answer costs that an owner's own provider key paid for: US dollars a request (`0.0005`), or a part of the token price (`5%`)."
  type        = string
  default     = "0"
}

variable "private_webhooks" {
  description = "Whether alerts may be told at private addresses."
  type        = bool
  default     = false
}

variable "upstream_secrets" {
  description = "Secrets with our credentials at providers, as the catalogue names them. Values are added outside Terraform."
  type        = set(string)
  default = [
    "anthropic-api-key",
    "bedrock-credentials",
    "cerebras-api-key",
    "cohere-api-key",
    "deepseek-api-key",
    "fireworks-api-key",
    "gemini-api-key",
    "groq-api-key",
    "mistral-api-key",
    "moonshot-api-key",
    "openai-api-key",
    "openrouter-api-key",
    "together-api-key",
    "xai-api-key",
    "zai-api-key",
  ]
  validation {
    condition     = alltrue([for name in var.upstream_secrets : can(regex("^[a-z0-9-]+$", name)) && !startswith(name, "mesh-")])
    error_message = "A secret's name has lower-case letters, digits and hyphens; those that begin with mesh- are none of a provider."
  }
}

variable "azure_resource" {
  description = "Resource of Azure OpenAI, \"acme\" of https://acme.openai.azure.com. Null: none. Its key is the secret azure-openai-api-key."
  type        = string
  default     = null
  validation {
    condition     = var.azure_resource == null || can(regex("^[a-zA-Z0-9][a-zA-Z0-9-]{0,62}$", var.azure_resource))
    error_message = "A resource is named by letters, digits and hyphens."
  }
}

variable "backup_days" {
  description = "How long daily backups of Firestore are kept."
  type        = number
  default     = 30
  validation {
    condition     = var.backup_days >= 7 && var.backup_days <= 98
    error_message = "Backups are kept from 7 days to Firestore's limit of 14 weeks."
  }
}

variable "warehouse_days" {
  description = "How long BigQuery keeps events."
  type        = number
  default     = 400
  validation {
    condition     = var.warehouse_days >= 35
    error_message = "At least 35 days: a month's figures have to be there when it has ended."
  }
}

variable "deletion_protection" {
  description = "Whether services, tables and the database refuse to be destroyed. Only a project that is to be thrown away says no."
  type        = bool
  default     = true
  validation {
    condition     = var.deletion_protection || var.environment != "prod"
    error_message = "Production is always protected from deletion."
  }
}

variable "edge" {
  description = "Limits of the load balancer for one minute. `preview`: log what would be refused, refuse nothing."
  type = object({
    preview                         = optional(bool, true)
    per_address_with_key_per_minute = optional(number, 6000)
    per_address_per_minute          = optional(number, 600)
    log_ratio                       = optional(number, 1)
  })
  default = {}
  validation {
    condition = alltrue([
      for limit in [var.edge.per_address_with_key_per_minute, var.edge.per_address_per_minute] : limit >= 60 && limit <= 1000000
    ])
    error_message = "A limit is from 60 to 1000000 requests a minute."
  }
  validation {
    condition     = var.edge.log_ratio > 0 && var.edge.log_ratio <= 1
    error_message = "A part of the requests is logged, or all of them: above 0, to 1."
  }
}

variable "alert_emails" {
  description = "Who is told of alerts."
  type        = list(string)
  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for email in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+$", email))])
    error_message = "At least one address: an alert that nobody hears of is none."
  }
}

variable "playbooks_url" {
  description = "Where the folder `playbooks` can be read; each alert links its own."
  type        = string
  validation {
    condition     = can(regex("^https://.+[^/]$", var.playbooks_url))
    error_message = "An https URL without a slash at its end."
  }
}

variable "thresholds" {
  description = "When alerts are raised."
  type = object({
    error_ratio           = optional(number, 0.02)
    added_latency_seconds = optional(number, 0.25)
    breaker_open_minutes  = optional(number, 10)
    overage_usd_an_hour   = optional(number, 1)
    event_lag_seconds     = optional(number, 300)
    rate_age_days         = optional(number, 3)
    # Of all requests; requests a minute to one provider; days.
    limited_ratio             = optional(number, 0.05)
    upstream_limited_a_minute = optional(number, 10)
    certificate_days          = optional(number, 14)
  })
  default = {}
  validation {
    condition     = alltrue([for ratio in [var.thresholds.error_ratio, var.thresholds.limited_ratio] : ratio > 0 && ratio < 1])
    error_message = "A ratio is between 0 and 1."
  }
  validation {
    condition     = alltrue([for threshold in values(var.thresholds) : threshold > 0])
    error_message = "A threshold is above 0."
  }
}

variable "region_thresholds" {
  description = "When alerts are raised of a region, where that differs: one that is far from the store waits longer for it. `npm run measure:regions` says how long."
  type = map(object({
    error_ratio           = optional(number)
    added_latency_seconds = optional(number)
  }))
  default = {}
  validation {
    condition     = length(setsubtract(keys(var.region_thresholds), var.regions)) == 0
    error_message = "Only a region of `regions` has thresholds of its own."
  }
  validation {
    condition = alltrue(flatten([
      for region in values(var.region_thresholds) : [
        region.error_ratio == null ? true : region.error_ratio > 0 && region.error_ratio < 1,
        region.added_latency_seconds == null ? true : region.added_latency_seconds > 0,
      ]
    ]))
    error_message = "The ratio of errors is between 0 and 1, and every threshold above 0."
  }
}

variable "github" {
  description = "The workflow that may deploy: `repository` as owner/name, its number (`gh api repos/OWNER/NAME --jq .id`), the branch and the workflow's file; null: only people deploy."
  type = object({
    repository    = string
    repository_id = string
    ref           = optional(string, "refs/heads/main")
    workflow      = optional(string, ".github/workflows/deploy.yml")
  })
  default = null
  validation {
    condition     = var.github == null ? true : can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github.repository)) && can(regex("^[0-9]+$", var.github.repository_id))
    error_message = "A repository is owner/name, and its number has digits only."
  }
  validation {
    condition     = var.github == null ? true : can(regex("^refs/heads/[A-Za-z0-9._/-]+$", var.github.ref)) && can(regex("^\\.github/workflows/[A-Za-z0-9._-]+\\.ya?ml$", var.github.workflow))
    error_message = "Deployments come from one branch, refs/heads/…, and one file of .github/workflows/."
  }
}

variable "budget" {
  description = "What a month may cost before it is told of, whose billing account pays, and that account's currency; null: no budget."
  type        = object({ billing_account = string, monthly = number, currency = optional(string, "USD") })
  default     = null
  validation {
    condition     = var.budget == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.budget.billing_account))
    error_message = "A billing account looks like 012345-6789AB-CDEF01."
  }
  validation {
    condition     = var.budget == null ? true : var.budget.monthly >= 1
    error_message = "A budget is at least 1."
  }
  validation {
    condition     = var.budget == null ? true : can(regex("^[A-Z]{3}$", var.budget.currency))
    error_message = "A currency has three capital letters, as the billing account has it."
  }
  validation {
    condition     = var.environment != "prod" || var.budget != null
    error_message = "Production needs a budget."
  }
}

locals {
  home = var.regions[0]
  edge = var.domain != null
}
