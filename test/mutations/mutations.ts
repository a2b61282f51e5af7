/** A mistake of one line that some test has to see. */
export interface Mutation {
  /** What goes wrong. */
  name: string;
  area: Area;
  /** Stands in exactly one file of `functions/`; it is replaced by `to`. */
  from: string;
  to: string;
}

/** Which tests are related: patterns of paths, of units first and then of what starts a router. */
export const areas = {
  money: {
    unit: 'functions/core/(money|routing|ledger|leases)|functions/catalogue|functions/router/way',
    system: 'system/(money|requests|formats)',
  },
  leases: {
    unit: 'functions/core/(leases|ledger)|functions/sweep',
    system: 'system/(histories|money|crowd|crash|outage)',
  },
  rates: { unit: 'functions/core/rate-limits', system: 'system/(money|requests|usage)' },
  breakers: { unit: 'functions/core/health', system: 'system/(faults|regions|sim-routing)' },
  routing: { unit: 'functions/core/routing|test/sim', system: 'system/(auto|regions|sim-routing|requests)' },
  decoders: { unit: 'functions/formats', system: 'system/(formats|faults)' },
  way: {
    unit: 'functions/router',
    system: 'system/(requests|money|aborts|faults|drain|outage|compare|new-operation|secrets|usage|canaries)',
  },
  platform: { unit: 'functions/(platform|usage|fx)', system: 'system/(requests|telemetry|secrets|usage)' },
} as const;
export type Area = keyof typeof areas;

export const mutations: readonly Mutation[] = [
  // Money: amounts, prices, quotes.
  {
    name: 'a cost is rounded down',
    area: 'money',
    from: 'return (numerator + denominator - 1n) / denominator;',
    to: 'return numerator / denominator;',
  },
  {
    name: 'cached input costs as much as any',
    area: 'money',
    from: 'BigInt(usage.cacheRead) * rates.cacheRead',
    to: 'BigInt(usage.cacheRead) * rates.input',
  },
  {
    name: 'a quote forgets the other answers',
    area: 'money',
    from: 'candidate.outputTokens * candidate.choices',
    to: 'candidate.outputTokens',
  },
  {
    name: 'a new month goes on from the old one',
    area: 'money',
    from: 'monthly: sameMonth ? spending.monthly : 0n',
    to: 'monthly: spending.monthly',
  },
  {
    name: 'a new day goes on from the old one',
    area: 'money',
    from: 'daily: 0n, monthly: sameMonth',
    to: 'daily: spending.daily, monthly: sameMonth',
  },
  {
    name: 'the day of a window goes back',
    area: 'money',
    from: 'if (day <= spending.day) return spending;',
    to: 'if (day === spending.day) return spending;',
  },
  {
    name: 'a cap lets its own window overflow',
    area: 'money',
    from: 'const left = cap - spending[window];',
    to: 'const left = cap;',
  },
  {
    name: 'what was given back still counts in the day',
    area: 'money',
    from: 'daily: day === spending.day ? spending.daily + amount : spending.daily',
    to: 'daily: spending.daily',
  },
  {
    name: 'a balance may become negative',
    area: 'leases',
    from: 'if (available < 0n || leased < 0n) throw',
    to: 'if (leased < 0n) throw',
  },
  {
    name: 'a refund gives back more than was charged',
    area: 'leases',
    from: 'if (back > left || back <= 0n)',
    to: 'if (back <= 0n)',
  },
  // Leases.
  {
    name: 'a lease of yesterday takes a hold',
    area: 'leases',
    from: '!this.fresh || this.outdated) return false',
    to: '!this.fresh) return false',
  },
  {
    name: 'a stale lease takes a hold',
    area: 'leases',
    from: 'this.draining || !this.fresh || this.outdated',
    to: 'this.draining || this.outdated',
  },
  {
    name: 'a draining lease takes a hold',
    area: 'leases',
    from: 'if (this.draining || !this.fresh',
    to: 'if (!this.fresh',
  },
  {
    name: 'a hold takes more than is free',
    area: 'leases',
    from: 'if (!this.open || amount > this.free) return false;',
    to: 'if (!this.open) return false;',
  },
  {
    name: 'one request too many runs at once',
    area: 'leases',
    from: 'this.#running >= this.#slots',
    to: 'this.#running > this.#slots',
  },
  { name: 'a request that ended still runs', area: 'leases', from: '    this.#running--;\n', to: '' },
  { name: 'what was spent is not counted', area: 'leases', from: 'this.#spent += spent;', to: 'this.#spent += 0n;' },
  {
    name: 'what is on its way back can be taken',
    area: 'leases',
    from: 'this.#held += back;',
    to: 'this.#held += 0n;',
  },
  {
    name: 'a lease is closed before it has expired',
    area: 'leases',
    from: 'lease.expiresAt > when.expiredAt',
    to: 'false',
  },
  {
    name: 'a late instance closes what another has changed',
    area: 'leases',
    from: 'lease.seq !== when.seq',
    to: 'false',
  },
  {
    name: 'a transaction that was applied is applied again',
    area: 'leases',
    from: 'applied: lease.seq === seq + 1',
    to: 'applied: false',
  },
  {
    name: 'a lease that stands elsewhere is written to',
    area: 'leases',
    from: 'lease.seq < seq || lease.seq > seq + 1',
    to: 'lease.seq < seq',
  },
  {
    name: 'a closed lease gives nothing back',
    area: 'leases',
    from: 'available: owner.available + returned',
    to: 'available: owner.available',
  },
  {
    name: 'a grant leaves the balance as it was',
    area: 'leases',
    from: 'available: owner.available - given',
    to: 'available: owner.available',
  },
  {
    name: 'a grant does not count against the key’s caps',
    area: 'leases',
    from: 'const keyAfter = addSpending(ofKey, today, given, slots);',
    to: 'const keyAfter = ofKey;',
  },
  {
    name: 'a lease of a day that is over grows',
    area: 'leases',
    from: 'lease !== null && lease.day !== today',
    to: 'lease === undefined',
  },
  { name: 'one commit takes more than is granted ahead', area: 'leases', from: 'spare / AHEAD_PART', to: 'spare' },
  {
    name: 'a charge that came after its lease’s end is told as made',
    area: 'leases',
    from: '(!found.open && found.seq <= seq)',
    to: '(!found.open && found.seq < seq)',
  },
  {
    name: 'a commit whose answer was lost is guessed to be made',
    area: 'leases',
    from: 'if (error instanceof ExpectationFailed) return this.#findAt(next.seq);',
    to: "if (error instanceof ExpectationFailed) return { version: '', open: true };",
  },
  {
    name: 'a commit whose answer was lost is guessed to be lost',
    area: 'leases',
    from: 'if (error instanceof ExpectationFailed) return this.#findAt(next.seq);',
    to: 'if (error instanceof ExpectationFailed) throw new LeaseClosed(next.leaseId);',
  },
  {
    name: 'what running requests hold goes back',
    area: 'leases',
    from: 'const back = unspent - held;',
    to: 'const back = unspent;',
  },
  {
    name: 'a charge that is not in the store yet goes back',
    area: 'leases',
    from: 'const held = this.#granted - stored.spent - back;',
    to: 'const held = this.#held - back;',
  },
  {
    name: 'a charge is made over another',
    area: 'leases',
    from: "data: { ...data, ...common, entry_id: entryId },\n    expect: 'absent'",
    to: "data: { ...data, ...common, entry_id: entryId },\n    expect: 'any'",
  },
  {
    name: 'a hold is resolved twice',
    area: 'leases',
    from: 'if (state.resolved) throw new HoldResolved(hold.requestId);',
    to: '',
  },
  // Rates.
  {
    name: 'a rate’s span is a second short',
    area: 'rates',
    from: 'SPAN_SECONDS = 60 + PERMIT_LIFE_MS / 1_000 + 1',
    to: 'SPAN_SECONDS = 60 + PERMIT_LIFE_MS / 1_000',
  },
  {
    name: 'a permit that came too late is used',
    area: 'rates',
    from: 'else if (monotonic() >= until) again(',
    to: 'else if (monotonic() < 0) again(',
  },
  {
    name: 'a permit of which nothing is known is used',
    area: 'rates',
    from: 'for (const { reject } of waiters) reject(error as Error);',
    to: 'for (const { resolve, tokens } of waiters) resolve(makeAdmission(book, 0, tokens));',
  },
  {
    name: 'permits that were granted are granted again',
    area: 'rates',
    from: 'if (outcomeOfApplied !== undefined) return outcomeOfApplied;',
    to: '',
  },
  {
    name: 'a dead permit is taken from stock',
    area: 'rates',
    from: 'each.until > at && each.requests > 0',
    to: 'each.requests > 0',
  },
  { name: 'tokens that were not used stay counted', area: 'rates', from: 'toWhole(used) - tokens', to: '0' },
  { name: 'a request is settled twice', area: 'rates', from: '        if (settled) return;\n', to: '' },
  {
    name: 'the day’s count goes on over midnight',
    area: 'rates',
    from: 'dayOfSecond(second) === dayOfSecond(stored) ? Number(data.day_requests) : 0',
    to: 'Number(data.day_requests)',
  },
  {
    name: 'what is granted ahead is not counted',
    area: 'rates',
    from: 'addToWindow(window, window.second, granted.requests, granted.tokens)',
    to: 'window',
  },
  // Breakers and figures.
  {
    name: 'a breaker of another generation opens',
    area: 'breakers',
    from: "breaker.state !== 'closed' || breaker.generation !== generation) return null;\n    const steady",
    to: "breaker.state !== 'closed') return null;\n    const steady",
  },
  {
    name: 'a shorter cooldown replaces a longer one',
    area: 'breakers',
    from: 'until > breaker.cooldownUntil ?',
    to: 'until > 0 ?',
  },
  {
    name: 'two probes at a time',
    area: 'breakers',
    from: 'return probe === null || probe.expiresAt <= now;',
    to: 'return true;',
  },
  {
    name: 'another’s probe closes the breaker',
    area: 'breakers',
    from: 'if (breaker.probe?.id !== id) return null;\n    const successes',
    to: 'if (breaker.probe === null) return null;\n    const successes',
  },
  {
    name: 'one probe is enough',
    area: 'breakers',
    from: 'if (successes < enough) return',
    to: 'if (successes < 1) return',
  },
  {
    name: 'an open breaker lets its probe go at once',
    area: 'breakers',
    from: "if (state === 'open') return probeAt <= now;",
    to: "if (state === 'open') return true;",
  },
  {
    name: 'failures before the last success still count',
    area: 'breakers',
    from: 'breaker.failures.filter((failure) => failure.broken !== broken)',
    to: 'breaker.failures.filter(() => true)',
  },
  // Routing.
  {
    name: 'the dearest endpoint goes first',
    area: 'routing',
    from: 'place(a) - place(b) || value(a) - value(b)',
    to: 'place(a) - place(b) || value(b) - value(a)',
  },
  {
    name: 'a region that is not allowed is used',
    area: 'routing',
    from: "if (needs.allowedRegions !== null && !needs.allowedRegions.includes(endpoint.region ?? '')) return 'region';",
    to: '',
  },
  {
    name: 'a provider that keeps prompts is used',
    area: 'routing',
    from: "if (!allowDataCollection && endpoint.collectsData) return 'data_collection';",
    to: '',
  },
  {
    name: 'a price above the caller’s limit is paid',
    area: 'routing',
    from: 'endpoint.price.output > maxOutputPrice',
    to: 'endpoint.price.output < 0n',
  },
  // Decoders.
  {
    name: 'a cut chat stream passes for whole',
    area: 'decoders',
    from: 'if (states.length === 0 || states.some((state) => !state.finished)) throw',
    to: 'if (states.length === 0) throw',
  },
  {
    name: 'a cut Anthropic stream passes for whole',
    area: 'decoders',
    from: "    const chunks = this.#reader.end();\n    if (!this.#finished) throw new MeshError('upstream_truncated');\n    return chunks;\n  }\n\n  #event(event: Fields): ChatChunk[] {\n    const failed = failureInBody(event);\n    if (failed !== null) throw failed;\n    switch (event.type) {\n      case 'message_start'",
    to: "    return this.#reader.end();\n  }\n\n  #event(event: Fields): ChatChunk[] {\n    const failed = failureInBody(event);\n    if (failed !== null) throw failed;\n    switch (event.type) {\n      case 'message_start'",
  },
  {
    name: 'what came before an error is lost',
    area: 'decoders',
    from: '      if (chunks.length === 0) throw error;\n    }\n    return chunks;\n  }\n}',
    to: '      throw error;\n    }\n    return chunks;\n  }\n}',
  },
  {
    name: 'half a character is a character',
    area: 'decoders',
    from: 'this.#text.decode(bytes, { stream: true })',
    to: 'this.#text.decode(bytes)',
  },
  {
    name: 'an event may grow without end',
    area: 'decoders',
    from: 'if (this.#length + this.#pending.length > MAX_EVENT_LENGTH)',
    to: 'if (this.#length > MAX_EVENT_LENGTH * 2)',
  },
  {
    name: 'a report of the prompt alone passes for the whole usage',
    area: 'decoders',
    from: 'usage !== null && (usage.output > 0 || this.#isFinished()) ? usage : null',
    to: 'usage',
  },
  // The way.
  {
    name: 'a byte leaves before the hold is in the store',
    area: 'way',
    from: '    await admission.confirmed();\n',
    to: '',
  },
  {
    name: 'a failure before the first byte is charged',
    area: 'way',
    from: 'if (!(error instanceof ClientGone) || last?.outcome !== ABORTED) {',
    to: 'if (last === undefined) {',
  },
  {
    name: 'a stream ended for money is billed by its report',
    area: 'way',
    from: "const whole = tally.finished && end.outcome !== 'spend_limit';",
    to: 'const whole = tally.finished;',
  },
  {
    name: 'a stream of comments alone never times out',
    area: 'way',
    from: 'else if (monotonic() - this.#progressAt > progressMs)',
    to: 'else if (progressMs < 0)',
  },
  {
    name: 'what is held leaves before its bill',
    area: 'way',
    from: 'const waits = facts.held || this.held.length > 0;',
    to: 'const waits = false;',
  },
  {
    name: 'a failure of the caller’s own making is tried elsewhere',
    area: 'way',
    from: "if (failure.retry === 'never') throw failure;",
    to: '',
  },
  {
    name: 'an answer that broke is told as whole',
    area: 'way',
    from: 'if (error === null) out.end(',
    to: 'if (error !== undefined) out.end(',
  },
  {
    name: 'tokens of a refused hold stay counted',
    area: 'way',
    from: '    rates.settle(0);\n    throw error;',
    to: '    throw error;',
  },
  { name: 'a key is kept over news of it', area: 'way', from: "cached.delete(String(key_hash ?? ''));", to: '' },
  {
    name: 'what was read of a key outlives the news that came meanwhile',
    area: 'way',
    from: 'if (heard === heardBefore) cached.set(',
    to: 'cached.set(',
  },
  {
    name: 'a suspended key goes on',
    area: 'way',
    from: 'if (!key.active) throw',
    to: 'if (key.active === null) throw',
  },
  {
    name: 'an idempotency key is free once more while its request runs',
    area: 'way',
    from: "make: { kind: 'set', collection: CLAIMS, id, data, expect: 'absent' }",
    to: "make: { kind: 'set', collection: CLAIMS, id, data, expect: 'any' }",
  },
  {
    name: 'another owner’s usage can be read',
    area: 'way',
    from: 'if (named === undefined || named === reader.ownerId) return reader.ownerId;',
    to: 'if (named !== null) return named ?? reader.ownerId;',
  },
  {
    name: 'the admin’s paths are open to inference keys',
    area: 'way',
    from: "if (route.access !== 'admin') return route;",
    to: 'if (route.access !== null) return route;',
  },
  {
    name: 'a charge is counted twice',
    area: 'platform',
    from: "for (const { id } of notes) tx.write({ kind: 'delete', collection: OUTBOX, id, expect: 'present' });",
    to: '',
  },
];
