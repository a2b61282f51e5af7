# Production. Replace what says example, 000000 and 100000000000.
project_id     = "mesh-prod-000000"
project_number = "100000000001"
environment    = "prod"
regions        = ["asia-south1", "asia-southeast1"]
data_location  = { firestore = "asia-south1", bigquery = "asia-south1" }
domain         = "api.example.com"
router         = { cpu = 2, memory = "2Gi", min_instances = 2, max_instances = 50 }
# What takes metrics and traces to Google; without it no alert on a metric of ours could be raised.
collector_image = "us-docker.pkg.dev/cloud-ops-agents-artifacts/google-cloud-opentelemetry-collector/otelcol-google:0.156.0"
alert_emails    = ["mesh-oncall@example.com"]
playbooks_url   = "https://example.com/mesh/infra/operate/playbooks"
budget          = { billing_account = "000000-000000-000000", monthly = 2000, currency = "USD" }

# What the limits would refuse is logged and let through. Look at the log for a week, then turn it on.
edge = { preview = true, per_address_with_key_per_minute = 6000, per_address_per_minute = 600 }

# Models and prices can be changed without a deployment: `runbook.md`, *Change models and prices*.
catalogue_overlay = true
# The store is in Mumbai: from Singapore some 60 ms away, and a first request waits up to eight times for it (operate, *A second region*).
region_thresholds = { asia-southeast1 = { added_latency_seconds = 1 } }
