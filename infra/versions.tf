terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.0"
    }
  }

  # The bucket is named by `-backend-config`, since each environment has its own.
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = local.home
  # People's credentials belong to no project: calls count for this one.
  user_project_override = true
  billing_project       = var.project_id
  default_labels = {
    app         = "mesh"
    environment = var.environment
  }
}
