/** Answers of the public API, as far as the console reads them; `/openapi.json` has all of them. */

export type Currency = 'USD' | 'INR';

export interface Page<Row> {
  data: Row[];
  next_cursor: string | null;
}

export type CapWindow = 'daily' | 'weekly' | 'monthly' | 'total';
export type Caps = Record<CapWindow, string | null>;

export interface Limits {
  rpm_limit: number | null;
  rpd_limit: number | null;
  tpm_limit: number | null;
  concurrency_limit: number | null;
  spend_caps: Caps;
  spend_cap_usd: string | null;
  spend_cap_window: CapWindow | null;
  allowed_regions: string[] | null;
}

export interface Owner extends Limits {
  id: string;
  name: string;
  currency: Currency;
  balance: string;
  available: string;
  reserved: string;
  low_balance: string | null;
  /** Where `available` begins to be low. */
  low_below: string;
  created_at: string;
  /** Its document cannot be read. */
  damaged?: true;
}

export interface Entry {
  id: string;
  kind: 'topup' | 'adjustment' | 'refund' | 'charge' | 'overage';
  amount: string;
  currency: Currency;
  reference: string | null;
  reason: string | null;
  request_id: string | null;
  created_at: string;
}

export interface Key extends Limits {
  id: string;
  owner_id: string;
  label: string | null;
  masked: string;
  status: 'active' | 'suspended';
  expires_at: string | null;
  previous_until: string | null;
  manage: boolean;
  allowed_models: string[] | null;
  default_model: string | null;
  end_user_caps: Caps;
  created_at: string;
  damaged?: true;
}

export interface NewKey extends Key {
  key: string;
}

export interface RateFigure {
  limit: number;
  remaining: number;
  reset_seconds: number;
}

export interface RateFigures {
  requests_per_minute: RateFigure | null;
  tokens_per_minute: RateFigure | null;
  requests_per_day: RateFigure | null;
}

export interface CapFigure {
  spent: string;
  reserved: string;
  cap: string | null;
  remaining: string | null;
  resets_at: string | null;
}

export type CapFigures = Record<CapWindow, CapFigure>;

export interface Standing {
  rates: { key: RateFigures; owner: RateFigures };
  spending: { currency: Currency; key: CapFigures | null; owner: CapFigures };
}

export interface KeyLimits extends Standing {
  effective: { concurrency_limit: { limit: number | null; tier: 'key' | 'owner' | null } };
}

export interface Decision {
  profile: string;
  sort?: string;
  explored?: string;
  session?: [endpoint: string, stay: string, cachedTokens: number];
  order: [endpoint: string, score: number | null, usd: string | null, ms: number | null][];
  out: [endpoint: string, why: string][];
  /** How many there were of both. */
  of: [number, number];
}

/** A page of requests, and how many were looked at for it. */
export interface RequestPage extends Page<RequestEvent> {
  scanned: number;
  /** Up to when; null where that is all there is. */
  scanned_to: string | null;
}

export interface SessionUsage extends UsageSums {
  id: string;
  owner_id: string;
  first_at: string;
  last_at: string;
  /** 0 to 1. */
  cache_share: number | null;
  clients: string[];
  models: (UsageSums & { model: string; provider: string })[];
  truncated: boolean;
}

export interface RequestEvent {
  id: string;
  label: string | null;
  created_at: string;
  started_at: string | null;
  owner_id: string;
  key_id: string;
  requested_model: string | null;
  model: string | null;
  provider: string | null;
  endpoint: string | null;
  outcome: string | null;
  finish_reason: string | null;
  streamed: boolean | null;
  surface: string | null;
  session: string | null;
  client: string | null;
  basis: string | null;
  prompt_tokens: number;
  completion_tokens: number;
  cached_tokens: number;
  cost: { currency: Currency; amount: string; usd: string; inr: string; fx_rate: string; fx_as_of: string };
  /** In the currency of the owner; null of older ones. */
  held: string | null;
  overage: string;
  refunded: string;
  queue_ms: number;
  hold_ms: number;
  first_token_ms: number;
  total_ms: number;
  attempts: number;
  error: string | null;
  decision: Decision | null;
}

export interface Attempt {
  attempt: number;
  endpoint: string;
  provider: string | null;
  outcome: string;
  provider_code: string | null;
  started_ms: number;
  latency_ms: number;
  breaker: string;
}

export interface UsageSums {
  requests: number;
  errors: number;
  total_tokens: number;
  prompt_tokens: number;
  completion_tokens: number;
  cached_tokens: number;
  cost_usd: string;
  cost_inr: string;
}

export interface Latencies {
  first_token_p50_ms: number | null;
  first_token_p95_ms: number | null;
}

export type UsageGroup =
  | 'day'
  | 'hour'
  | 'model'
  | 'provider'
  | 'key'
  | 'session'
  | 'client'
  | 'surface'
  | 'status'
  | 'end_user';

export interface Usage {
  start: string;
  end: string;
  data: (UsageSums & Partial<Record<UsageGroup, string>>)[];
  total: UsageSums & Latencies;
  truncated: boolean;
}

export interface Breaker {
  endpoint: string;
  state: string;
  reason: string | null;
}

export interface EndpointHealth {
  endpoint: string;
  model: string;
  provider: string;
  region: string | null;
  breaker: { state: string; reason: string | null };
  first_token_ms: number;
  tokens_per_second: number;
  error_rate: number;
  samples: number;
  context_length: number;
  max_completion_tokens: number;
  /** Dollars for one token. */
  pricing: Record<'prompt' | 'completion' | 'request' | 'input_cache_read' | 'input_cache_write', string>;
  supported_parameters: string[];
}

export interface Rate {
  rate: string;
  as_of: string;
  source: string;
  manual: boolean;
}

export interface Rates extends Rate {
  age_days: number;
  stale: boolean;
  history: Rate[];
}

export interface Alert {
  id: string;
  kind: string;
  subject: string;
  at: string;
  facts: Record<string, unknown>;
}

export interface Channel {
  id: string;
  owner_id: string | null;
  type: string;
  target: string;
  kinds: string[] | null;
  status: 'active' | 'disabled';
  disabled_reason: string | null;
  created_at: string;
  /** Of a webhook that was made or rotated a moment ago. */
  secret?: string;
  damaged?: true;
}

export interface Delivery {
  id: string;
  channel_id: string;
  owner_id: string | null;
  message: { type: string; timestamp: string; data: Record<string, unknown> };
  status: 'pending' | 'delivered' | 'failed';
  attempts: number;
  next_at: string | null;
  last_status: number | null;
  last_error: string | null;
  created_at: string;
  delivered_at: string | null;
  damaged?: true;
}
