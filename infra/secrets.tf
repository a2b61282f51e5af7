# Containers of secrets. Their values never come here: versions are added by hand (`runbook.md`), so that no state holds them.
# Who may read them stands with the service that does.

locals {
  # Owners' own keys for providers are secrets that the router makes, under names that begin so. Terraform knows none of them.
  provider_key_prefix = "mesh-provider-key-"

  admin_secret = "mesh-admin-key"
  # Ours: the admin key, what seals (its versions are keys that rotate), and what hashes users (its first version, for ever).
  own_secrets = [local.admin_secret, "mesh-seal-key", "mesh-user-key"]
  # Our credentials at providers, Azure's where there is a resource of ours.
  provider_secrets = setunion(var.upstream_secrets, var.azure_resource == null ? [] : ["azure-openai-api-key"])
  # The key of the provider of mail, where there is one.
  mail_secrets     = var.mail == null ? [] : ["mail-api-key"]
  webhooks_secrets = concat(["mesh-user-key"], local.mail_secrets)
}

resource "google_secret_manager_secret" "held" {
  for_each = setunion(local.provider_secrets, local.own_secrets, local.mail_secrets)

  secret_id           = each.key
  deletion_protection = var.deletion_protection
  # A version that was destroyed by mistake can be had back for a week.
  version_destroy_ttl = "604800s"

  # A replication in named regions could not be changed without destroying the secret.
  replication {
    auto {}
  }

  depends_on = [google_project_service.used]
}
