/** What a month is reckoned from beside counts and prices: what `infra/` ships, what was measured, and what is only assumed. */
export const assumptions = {
  /** A month. */
  monthSeconds: 2_628_000,
  /** Assumed: how long an answer takes, and how large it and its request are. The request goes on to a provider outside Google. */
  answerSeconds: 10,
  answerBytes: 75_000,
  requestBytes: 8_000,
  /** Assumed: of `router.concurrency` (250, `variables.tf`) so much is filled. */
  concurrency: 250,
  fill: 0.7,
  /**
   * CPU of a streamed answer in 300 chunks, as measured: `docs/measured.md`, *Speed*: 396 µs for a whole reply and 45.7 µs a chunk,
   * on SQLite. A core is filled to as much as an instance's concurrency.
   */
  cpuMicroseconds: 396 + 300 * 45.7,
  /** `envs/prod.tfvars`: a router of 2 vCPU and 2 GiB, always on (`cpu_always`), two at least in each of two regions. */
  router: { vcpu: 2, gib: 2, min: 4 },
  /** `modules/service`: its collector. */
  collector: { vcpu: 0.5, gib: 0.25 },
  /** `usage` and `fx`: billed by request. A message takes 0.1 s, 20 at once in an instance: assumed. */
  consumers: { services: 2, vcpu: 1, gib: 0.5, messageSeconds: 0.1, concurrency: 20 },
  /** Charges of one instance within `GATHER_MS` (100 ms) share a message. */
  messagesASecond: 10,
  /** Assumed: an event as it is sent, and one line each of the router, Cloud Run and the load balancer. */
  eventBytes: 600,
  logBytes: 3_600,
  /** Assumed: what Firestore's indexes of an entry take for each byte of it. */
  indexFactor: 3,
  /** `entry_days` and `warehouse_days` of `variables.tf`, and how many backups are kept (`backup_days`; each a whole copy). */
  entryDays: 120,
  warehouseDays: 400,
  backups: 30,
  /** Metrics go out once a minute. Assumed: as many models in use. */
  metricsSeconds: 60,
  models: 10,
  /** Assumed: how many rules of Cloud Armor, and secrets that each instance looks for, so many times a minute. */
  armorRules: 9,
  secrets: 13,
  secretReadsAMinute: 3,
} as const;
