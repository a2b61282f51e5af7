# An organisation in Europe whose policies let nobody be granted a role who is not of it, and whose bills are in euros.
project_id      = "mesh-org-000000"
project_number  = "100000000002"
environment     = "prod"
regions         = ["europe-west1", "europe-west4"]
data_location   = { firestore = "eur3", bigquery = "EU" }
domain          = "mesh.example.org"
open_by         = "no_check"
collector_image = "us-docker.pkg.dev/cloud-ops-agents-artifacts/google-cloud-opentelemetry-collector/otelcol-google:0.156.0"
alert_emails    = ["mesh@example.org"]
playbooks_url   = "https://example.org/mesh/playbooks"
budget          = { billing_account = "000000-000000-000002", monthly = 2000, currency = "EUR" }
edge            = { preview = false }
