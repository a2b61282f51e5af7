# A project to try things in: one region, no load balancer, nothing that keeps it from being thrown away.
project_id          = "mesh-dev-000000"
project_number      = "100000000000"
environment         = "dev"
regions             = ["asia-south1"]
data_location       = { firestore = "asia-south1", bigquery = "asia-south1" }
deletion_protection = false
backup_days         = 7
router              = { max_instances = 2 }
alert_emails        = ["mesh-dev@example.com"]
playbooks_url       = "https://example.com/mesh/infra/operate/playbooks"
