variable "name" {
  description = "The function's name, and its service's."
  type        = string
}

variable "location" {
  description = "The region."
  type        = string
}

variable "image" {
  description = "The image of all functions, by digest."
  type        = string
  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "The image is named by its digest."
  }
}

variable "bundle" {
  description = "The file of `dist/` that holds the function."
  type        = string
}

variable "target" {
  description = "What functions-framework serves; null for a bundle that hosts itself."
  type        = string
  default     = null
}

variable "signature" {
  description = "What the target takes."
  type        = string
  default     = "http"
  validation {
    condition     = contains(["http", "cloudevent"], var.signature)
    error_message = "A target takes http or cloudevent."
  }
}

variable "service_account" {
  description = "The e-mail of the account it runs as."
  type        = string
  validation {
    condition     = !endswith(var.service_account, "-compute@developer.gserviceaccount.com")
    error_message = "No function runs as the default account, which may do too much."
  }
}

variable "ingress" {
  description = "Where calls may come from."
  type        = string
  default     = "INGRESS_TRAFFIC_INTERNAL_ONLY"
  validation {
    condition = contains(
      ["INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", "INGRESS_TRAFFIC_ALL"], var.ingress
    )
    error_message = "Not an ingress of Cloud Run."
  }
}

variable "default_uri_disabled" {
  description = "Whether the run.app address is off."
  type        = bool
  default     = false
}

variable "invoker_iam_disabled" {
  description = "Whether anybody who reaches it may call it, without Google asking who that is."
  type        = bool
  default     = false
}

variable "env" {
  description = "Environment variables."
  type        = map(string)
}

variable "secret_env" {
  description = "Environment variables whose values are the latest version of a secret: variable => secret."
  type        = map(string)
  default     = {}
}

variable "files" {
  description = "A bucket whose objects are files below a path, to be read; null for none."
  type        = object({ bucket = string, path = string })
  default     = null
}

variable "http2" {
  description = "Whether HTTP/2 goes through to the container, without TLS."
  type        = bool
  default     = false
}

variable "cpu" {
  description = "Cores."
  type        = number
  default     = 1
}

variable "memory" {
  description = "Memory."
  type        = string
  default     = "512Mi"
}

variable "cpu_always" {
  description = "Whether there is CPU between requests too."
  type        = bool
  default     = false
}

variable "concurrency" {
  description = "Requests at once in one instance."
  type        = number
}

variable "min_instances" {
  description = "Instances that are kept."
  type        = number
  default     = 0
}

variable "max_instances" {
  description = "The most instances."
  type        = number
}

variable "timeout_seconds" {
  description = "How long a request may take."
  type        = number
  validation {
    condition     = var.timeout_seconds >= 1 && var.timeout_seconds <= 3600
    error_message = "A request takes at most an hour on Cloud Run."
  }
}

variable "ready_path" {
  description = "Asked until it answers 200, before the first request; null: the port has to be open."
  type        = string
  default     = null
}

variable "alive_path" {
  description = "Asked from then on; an instance that does not answer is replaced. null: nothing is asked."
  type        = string
  default     = null
}

variable "telemetry" {
  description = "The collector that takes metrics and traces, by digest, or null; which part of the requests is traced."
  type        = object({ collector_image = optional(string), trace_ratio = optional(number, 0) })
}

variable "deletion_protection" {
  description = "Whether the service refuses to be destroyed."
  type        = bool
}
