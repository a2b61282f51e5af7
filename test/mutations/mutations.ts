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
    system:
      'system/(requests|last-frame|money|aborts|faults|drain|outage|compare|new-operation|secrets|usage|canaries)',
  },
  platform: { unit: 'functions/(platform|usage|fx)', system: 'system/(requests|telemetry|secrets|usage)' },
} as const;
export type Area = keyof typeof areas;

export const mutations: readonly Mutation[] = [
  // Money: amounts, prices, quotes.
  {
    name: 'a quote forgets the other answers',
    area: 'money',
    from: 'quoteOutput(candidate, candidate.outputTokens * candidate.choices)',
    to: 'quoteOutput(candidate, candidate.outputTokens)',
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
    name: 'what was given back still counts in the day',
    area: 'money',
    from: 'daily: day === spending.day ? spending.daily + amount : spending.daily',
    to: 'daily: spending.daily',
  },
  {
    name: 'a hold forgets that reasoning may be dearer',
    area: 'money',
    from: 'max(rates.output, rates.reasoning)',
    to: 'rates.output',
  },
  {
    name: 'a hold forgets the price of the request itself',
    area: 'money',
    from: 'return price.request + max(...costs);',
    to: 'return max(...costs);',
  },
  {
    name: 'a file may be longer than its hold',
    area: 'money',
    from: 'if (input.opaque) return endpoint.contextLength;',
    to: '',
  },
  {
    name: 'a hold is for the last candidate alone',
    area: 'money',
    from: 'if (cost > most) most = cost;',
    to: 'most = cost;',
  },
  {
    name: 'a balance may become negative',
    area: 'leases',
    from: 'if (available < 0n || leased < 0n) throw',
    to: 'if (leased < 0n) throw',
  },
  // Leases.
  {
    name: 'a lease of yesterday takes a hold',
    area: 'leases',
    from: '!this.fresh || this.outdated) return null',
    to: '!this.fresh) return null',
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
    from: 'if (!this.open || (part ? enough : amount) > this.free) return null;',
    to: 'if (!this.open) return null;',
  },
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
    name: 'a lease of a day that is over grows',
    area: 'leases',
    from: 'lease !== null && lease.day !== today',
    to: 'lease === undefined',
  },
  {
    name: 'a charge that came after its lease’s end is told as made',
    area: 'leases',
    from: '(!found.open && found.seq <= seq)',
    to: '(!found.open && found.seq < seq)',
  },
  {
    name: 'a charge after midnight counts in yesterday',
    area: 'leases',
    from: '    if (lease.outdated) await lease.trim();\n',
    to: '',
  },
  {
    name: 'a lease is closed before what was posted to it',
    area: 'leases',
    from: 'turn.after - this.#taken',
    to: '0',
  },
  {
    name: 'a wrong clock opens a window again',
    area: 'leases',
    from: 'const today = latest(dayOf(ask.now), owner.spending.day, toSpending(record?.data.spending).day);',
    to: 'const today = dayOf(ask.now);',
  },
  {
    name: 'a lease whose grant was not heard of is opened again',
    area: 'leases',
    from: "purse.newLeaseId ??= ports.mintId('lea');",
    to: "purse.newLeaseId = ports.mintId('lea');",
  },
  {
    name: 'the check of the books sees no overspent lease',
    area: 'leases',
    from: 'if (amount < 0n) faults.push(`',
    to: 'if (amount === null) faults.push(`',
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
  {
    name: 'a request is settled twice',
    area: 'rates',
    from: '        if (settled) return;\n        settled = true;\n        if (counted)',
    to: '        if (counted)',
  },
  {
    name: 'what is given back is given back twice',
    area: 'rates',
    from: 'const due = wasNotApplied ? corrections : addedOnly(corrections);',
    to: 'const due = corrections;',
  },
  {
    name: 'the longest of two refusals is not told',
    area: 'rates',
    from: 'refusal.freeAt > longest.freeAt',
    to: 'refusal.freeAt < longest.freeAt',
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
    name: 'another’s probe closes the breaker',
    area: 'breakers',
    from: 'if (breaker.probe?.id !== id) return null;\n    const successes',
    to: 'if (breaker.probe === null) return null;\n    const successes',
  },
  {
    name: 'old news of a breaker replaces new ones',
    area: 'breakers',
    from: 'if (breaker.generation < entry.shared.generation) return;',
    to: '',
  },
  // Routing.
  {
    name: 'a region that is not allowed is used',
    area: 'routing',
    from: "if (needs.allowedRegions !== null && !needs.allowedRegions.includes(endpoint.region ?? '')) return 'region';",
    to: '',
  },
  {
    name: 'a limit that no endpoint reaches leaves none',
    area: 'routing',
    from: "(endpoint.maxOutputTokens < limit ? 'max_tokens' : null)",
    to: "(endpoint.maxOutputTokens < (needs.maxOutputTokens ?? 0) ? 'max_tokens' : null)",
  },
  {
    name: 'a limit leaves no room for the input',
    area: 'routing',
    from: 'Math.max(contextLength - inputTokens, Math.ceil(contextLength / 2))',
    to: 'contextLength + 0 * inputTokens',
  },
  // Decoders.
  {
    name: 'the second call passes where one was asked for',
    area: 'decoders',
    from: 'const kept = tool_calls.filter(({ index }) => index === passing);',
    to: 'const kept = tool_calls;',
  },
  {
    name: 'what the model writes beside its JSON passes',
    area: 'decoders',
    from: 'if (finish_reason !== null && open.answer === null) said = open.text;',
    to: 'if (finish_reason !== null) said = open.text;',
  },
  {
    name: 'a cut chat stream passes for whole',
    area: 'decoders',
    from: 'if (states.length === 0 || states.some((state) => !state.finished)) throw',
    to: 'if (states.length === 0) throw',
  },
  {
    name: 'a report of the prompt alone passes for the whole usage',
    area: 'decoders',
    from: 'usage !== null && (usage.output > 0 || this.#isFinished()) ? usage : null',
    to: 'usage',
  },
  {
    name: 'Gemini’s thoughts are free',
    area: 'decoders',
    from: 'toTokens(usage.candidatesTokenCount) + reasoning',
    to: 'toTokens(usage.candidatesTokenCount)',
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
    name: 'a cut Bedrock stream passes for whole',
    area: 'decoders',
    from: "    if (!this.#finished) throw new MeshError('upstream_truncated');\n    return [];",
    to: '    return [];',
  },
  // The way.
  {
    name: 'one endpoint at its limit is said to be all',
    area: 'way',
    from: 'failures.some(({ providerCode }) => providerCode !== LIMITED)',
    to: 'failures.every(({ providerCode }) => providerCode !== LIMITED)',
  },
  {
    name: 'a byte leaves before the hold is in the store',
    area: 'way',
    from: '    await admission.confirmed();\n',
    to: '',
  },
  {
    name: 'a failure before the first byte is charged',
    area: 'way',
    from: 'if (!isCallers || last?.outcome !== ABORTED) {',
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
    name: 'an answer that broke is told as whole',
    area: 'way',
    from: 'if (error === null) out.end(',
    to: 'if (error !== undefined) out.end(',
  },
  {
    name: 'tokens of a refused hold stay counted',
    area: 'way',
    from: '    else rates.settle(0);\n    throw error;',
    to: '    throw error;',
  },
  {
    name: 'tokens of a hold that is refused for money stay counted',
    area: 'way',
    from: 'if (isForMoney(error)) rates.cancel();\n    else rates.settle(0);',
    to: 'if (!isForMoney(error)) rates.settle(0);',
  },
  { name: 'a key is kept over news of it', area: 'way', from: "cached.delete(String(key_hash ?? ''));", to: '' },
  {
    name: 'what was read of a key outlives the news that came meanwhile',
    area: 'way',
    from: 'if (heard === heardBefore) cached.set(',
    to: 'cached.set(',
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
    name: 'a void keeps its idempotency key',
    area: 'way',
    from: 'claim === null ? also : [claim.free, ...also]',
    to: 'also',
  },
  {
    name: 'a stream goes on without money',
    area: 'way',
    from: 'const grown = await leases.grow(hold, wanted, cost(needed) - hold.amount);',
    to: 'const grown = (await leases.grow(hold, wanted, cost(needed) - hold.amount)) || true;',
  },
  {
    name: 'a stream outruns its hold',
    area: 'way',
    from: 'if (needed <= covered) {',
    to: 'if (needed <= most) {',
  },
  {
    name: 'a whole answer is billed to a client who has left',
    area: 'way',
    from: 'if (hasLeft(serving.ask)) return { ...abandonedDelivery(candidate), usage };',
    to: '',
  },
  {
    name: 'an owner’s limits are those of its key',
    area: 'way',
    from: 'limits: key.ownerRates',
    to: 'limits: key.rates',
  },
  {
    name: 'an answer that broke after its finish is broken',
    area: 'way',
    from: 'else if (!tally.finished) {',
    to: 'else {',
  },
  {
    name: 'the last money begins a request at the prices of a shorter one',
    area: 'money',
    from: 'return isCheaper ? candidate : {',
    to: 'return {',
  },
  {
    name: 'audio is believed where none was sent',
    area: 'money',
    from: 'inputAudio: input.opaque ? most : 0,',
    to: 'inputAudio: most,',
  },
  {
    name: 'a key that is alone on an instance opens an endpoint for all',
    area: 'breakers',
    from: 'entry.local !== null && !(entry.localByOneKey && this.othersAreAnswered(entry))',
    to: 'entry.local !== null',
  },
  {
    name: 'a key that is alone on an instance weighs as if all were',
    area: 'breakers',
    from: 'const alone = isAlone && !this.#shared.othersAreAnswered(entry);',
    to: 'const alone = isAlone;',
  },
  {
    name: 'the first report of a stream counts',
    area: 'money',
    from: '(before, after) => after || before',
    to: '(before, after) => before || after',
  },
  {
    name: 'parts of an earlier report outlive its total',
    area: 'money',
    from: 'withinTotals(combine(earlier, later, (before, after) => after || before))',
    to: 'combine(earlier, later, (before, after) => after || before)',
  },
  {
    name: 'an idempotency key answers for any body',
    area: 'way',
    from: 'if (found.data.body_hash !== claim.bodyHash) {',
    to: 'if (found.data.body_hash === null) {',
  },
  {
    name: 'a charge is counted twice',
    area: 'platform',
    from: "for (const { id } of notes) tx.write({ kind: 'delete', collection: OUTBOX, id, expect: 'present' });",
    to: '',
  },
  {
    name: 'a charge is converted by what it was held for',
    area: 'money',
    from: '...inBothCurrencies(posting.amount, currency, charge.cost, hold.fx),',
    to: '...inBothCurrencies(hold.amount, currency, charge.cost, hold.fx),',
  },
  // What a customer sees.
  {
    name: 'metadata is kept of whoever sends some',
    area: 'way',
    from: "if (headers[METADATA_HEADER] !== 'keep' || !isRecord(body)",
    to: 'if (!isRecord(body)',
  },
  {
    name: 'a session’s name is kept whatever it is',
    area: 'way',
    from: "return NAME.test(named) ? named : createHash('sha256')",
    to: "return NAME.test(named) || named ? named : createHash('sha256')",
  },
  {
    name: 'a decision is kept at any length',
    area: 'way',
    from: 'let room = MAX_BRIEF_BYTES - Buffer',
    to: 'let room = 10 * MAX_BRIEF_BYTES - Buffer',
  },
  // Slips, and what one caller can do to the others.
  {
    name: 'an amount beyond the usual is not asked about',
    area: 'money',
    from: 'if (amount <= known.amount * SLIP_FACTOR) return;',
    to: 'if (amount > 0n) return;',
  },
  {
    name: 'a rate that was put by hand is taken for a source’s',
    area: 'money',
    from: 'if (!isManual(inUse)) return { inUse, good: inUse };',
    to: "if (inUse.source !== '') return { inUse, good: inUse };",
  },
  {
    name: 'what was asked about is asked about again',
    area: 'money',
    from: 'if (confirmed) return;\n    const { last_topup_amount',
    to: 'const { last_topup_amount',
  },
  {
    name: 'what is left of a caller that fails is enough outcomes',
    area: 'breakers',
    from: 'return weighed.all >= MIN_OUTCOMES &&',
    to: 'return this.#all.all >= MIN_OUTCOMES &&',
  },
  {
    name: 'a busy key that is answered is made lighter',
    area: 'breakers',
    from: 'if (difference < 0) least = limited;',
    to: 'if (difference !== 0) least = limited;',
  },
  {
    name: 'a run of one caller’s failures is an outage of all',
    area: 'breakers',
    from: 'return others + Math.min(most, others);',
    to: 'return all;',
  },
  {
    name: 'an opening that one instance goes by is told to an operator',
    area: 'way',
    from: "if (!shared || from !== 'closed' || to !== 'open') return;",
    to: "if (from !== 'closed' || to !== 'open') return;",
  },
  // Bodies, logs, administration, and a store that goes away.
  {
    name: 'a closed store asks upstreams',
    area: 'way',
    from: 'if (closed !== null) throw new StoreUnavailable',
    to: 'if (closed === undefined) throw new StoreUnavailable',
  },
  {
    name: 'a store that refuses all writes stays open',
    area: 'platform',
    from: 'if (error instanceof StoreUnavailable && error.trouble !== null)\n      set(',
    to: 'if (error instanceof RangeError) set(',
  },
  {
    name: 'a read opens the store again',
    area: 'platform',
    from: 'if (writes) set(null);',
    to: 'set(null);',
  },
  {
    name: 'a store that has just come back is no excuse',
    area: 'platform',
    from: 'isJustBack: () => monotonic() - backAt < PATIENCE_MS',
    to: 'isJustBack: () => monotonic() < backAt',
  },
  {
    name: 'a look at the store waits for ever',
    area: 'platform',
    from: 'return Promise.race([outcome, late]);',
    to: 'return outcome;',
  },
  {
    name: 'the sweep has no patience after the store was away',
    area: 'leases',
    from: 'const expired = isPatient ? [] : await',
    to: 'const expired = await',
  },
  {
    name: 'the sweep does not say that it was there',
    area: 'leases',
    from: '  await documents.commit([done]);\n',
    to: '',
  },
  {
    name: 'an activation that was overtaken undoes a suspension',
    area: 'way',
    from: 'return isOvertaken ? undefined : asked;',
    to: 'return asked;',
  },
  {
    name: 'a change is made a second time',
    area: 'way',
    from: 'if (done !== null) return found.data;',
    to: 'if (done === undefined) return found.data;',
  },
  {
    name: 'a suspension waits for the changes before it',
    area: 'way',
    from: 'return isUrgent ? change() : inTurn(',
    to: 'return inTurn(',
  },
  {
    name: 'the end of a connection is waited for without end',
    area: 'way',
    from: 'if (facts.closing || facts.held) this.#closeWithin(CLOSING_WAIT_MS);',
    to: '',
  },
  {
    name: 'an answer whose end is held back waits for its upstream without end',
    area: 'way',
    from: 'facts.closing || facts.held',
    to: 'facts.closing',
  },
  {
    name: 'each closing piece starts the wait again',
    area: 'way',
    from: 'this.#closesAt ?? Number.POSITIVE_INFINITY',
    to: 'Number.POSITIVE_INFINITY',
  },
  {
    name: 'a stream of several choices has finished with the first',
    area: 'way',
    from: 'factsOfChunk(chunk, this.#held, this.#unfinished <= 0)',
    to: 'factsOfChunk(chunk, this.#held)',
  },
  {
    name: 'a body of many small values is parsed',
    area: 'decoders',
    from: "if (this.#values > this.#limits.values) this.#trouble = 'values';",
    to: '',
  },
  {
    name: 'a body nested without end is parsed',
    area: 'decoders',
    from: "if (this.#depth > this.#limits.depth) this.#trouble = 'depth';",
    to: '',
  },
  {
    name: 'names of fields count as values',
    area: 'decoders',
    from: 'if (this.#afterString) this.#values--;\n      else',
    to: 'if (!this.#afterString)',
  },
  {
    name: 'lines that were dropped are not counted',
    area: 'platform',
    from: '        dropped++;\n        onDropped(1);',
    to: '        onDropped(1);',
  },
  {
    name: 'one address fills the log with refusals',
    area: 'way',
    from: 'if (lines >= LINES_IN_ALL || before >= LINES_PER_ADDRESS) {',
    to: 'if (lines >= LINES_IN_ALL) {',
  },
  {
    name: 'many addresses fill the log with refusals',
    area: 'way',
    from: 'if (lines >= LINES_IN_ALL || before >= LINES_PER_ADDRESS) {',
    to: 'if (before >= LINES_PER_ADDRESS) {',
  },
];
