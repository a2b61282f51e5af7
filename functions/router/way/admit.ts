import { MeshError } from '../../core/errors.ts';
import type { LiveHold } from '../../core/leases/hold-state.ts';
import { LeaseClosed } from '../../core/leases/lease-store.ts';
import type { Posted } from '../../core/leases/post-hold.ts';
import { Refused } from '../../core/leases/refused.ts';
import type { Charge } from '../../core/ledger/holds.ts';
import { type FxRate, nanosToPicoUsd, picoUsdToNanos } from '../../core/money/fx.ts';
import { type Currency, parseAmount } from '../../core/money/money.ts';
import type { Admission as RateAdmission } from '../../core/rate-limits/rate-admission.ts';
import {
  affordableOutputTokens,
  type Candidate,
  firstQuote,
  isMetered,
  LEAST_SLICE_TOKENS,
  METER_SLICE_TOKENS,
  quoteCandidate,
  withLeastInput,
} from '../../core/routing/quote.ts';
import { type Fields, StoreUnavailable } from '../../core/store/documents.ts';
import type { Ask } from './ask.ts';
import { type Claim, claimedError, toClaim } from './claim.ts';
import { isForMoney } from './count-requests.ts';
import { cappedUserOf, growingWithin, reserveFor } from './end-user-hold.ts';
import type { Parsed, RequestNeeds } from './operation.ts';
import { figuresOfRefusal } from './rate-headers.ts';
import { likelyTokens, rateScopes } from './rate-scopes.ts';
import type { Services } from './services.ts';
import { SETTLE_WAIT_MS, within } from './settle.ts';
import { createSpendMeter, type SpendMeter } from './spend-meter.ts';

/** How long a hold may take to be confirmed, once there is an answer to pass on. */
export const CONFIRM_WAIT_MS = 10_000;

/** A request that may go ahead: within its rates, and paid for. It ends in exactly one `post` or `void`. */
export interface Admission {
  /** Where it may go, in order: what the money is held for. */
  candidates: readonly Candidate[];
  hold: LiveHold;
  rates: RateAdmission;
  /** Resolves when the hold is in the store. Nothing reaches the client before. */
  confirmed(): Promise<void>;
  /** So many tokens of output have passed: what is more than was expected counts against its rate at once. */
  passed(outputTokens: number): void;
  /** For a stream that is paid for as it goes; null where everything is held. */
  meter(candidate: Candidate): SpendMeter | null;
  /** Charges what it cost; `tokens` is what counts against its rate. Null where that is not confirmed in time. */
  post(charge: Charge, tokens: number): Promise<Posted | null>;
  /** Nothing was delivered: nothing is charged. `facts` of how it failed are kept, and counted. */
  void(facts: Fields): Promise<void>;
}

/**
 * Admits a request: counts it against the rates of its key and owner, and holds the most that it can cost, whichever
 * candidate serves it. A stream that is metered holds its input and the first slice of its output.
 */
export async function admit(
  ask: Ask,
  { body, streamType }: Pick<Parsed<unknown>, 'body' | 'streamType'>,
  candidates: readonly Candidate[],
  { input, reasons }: Pick<RequestNeeds, 'input' | 'reasons'>,
  services: Services,
): Promise<Admission> {
  const closed = services.gate.closed();
  // What cannot be written down is not bought.
  if (closed !== null) throw new StoreUnavailable(`The store cannot be written to (${closed.trouble}).`);
  if (!services.settler.hasRoom()) {
    throw new MeshError('provider_not_available', {
      message: 'Too many charges wait for the store.',
      retryAfterSeconds: 5,
    });
  }
  const claim = await toClaim(ask, body, services.now());
  const tokens = likelyTokens(candidates, ask.key, input, services.answers);
  const rates = await services.rates.admit(rateScopes(ask.key), tokens).catch((error) => {
    ask.rates = figuresOfRefusal(error);
    throw error;
  });
  ask.rates = rates.figures;
  try {
    const meters = ({ endpoint }: Candidate) =>
      isMetered(endpoint, streamType !== null, reasons) && !services.unmetered.has(endpoint.id);
    return await holdFor(ask, meters, candidates, claim, rates, input.estimatedTokens, services);
  } catch (error) {
    // Whoever has no money yet comes again when there is some.
    if (isForMoney(error)) rates.cancel();
    else rates.settle(0);
    throw error;
  }
}

async function holdFor(
  ask: Ask,
  meters: (candidate: Candidate) => boolean,
  all: readonly Candidate[],
  claim: Claim | null,
  rates: RateAdmission,
  inputTokens: number,
  services: Services,
): Promise<Admission> {
  const { hold, candidates } = await takeHold(ask, all, meters, inputTokens, claim, services).catch(async (error) => {
    throw claim !== null && error instanceof Refused ? await claimedError(services.documents, claim) : error;
  });

  if (claim !== null) {
    try {
      await hold.confirm();
    } catch (error) {
      await services.settler.void(hold);
      if (error instanceof Refused) throw await claimedError(services.documents, claim);
      throw error instanceof LeaseClosed ? notConfirmed() : error;
    }
  }

  const free = claim === null ? [] : [claim.free];
  const user = cappedUserOf(ask);
  const ofUser = user === null ? null : await reserveFor(user, hold, free, services);
  const growing = ofUser === null ? services.leases : growingWithin(ofUser, services.leases);

  return {
    candidates,
    hold,
    rates,
    async confirmed() {
      const confirmed = await within(
        CONFIRM_WAIT_MS,
        hold.confirm().then(
          () => true,
          () => false,
        ),
      );
      if (confirmed !== true) throw notConfirmed();
    },
    passed: (outputTokens) => rates.progress(inputTokens + outputTokens),
    meter(candidate) {
      if (!meters(candidate)) return null;
      // A hold that was short may lack some input: it is still for the output that was asked for.
      const held = hold.short ? withLeastInput(candidate, inputTokens) : candidate;
      return createSpendMeter(hold, held, growing);
    },
    async post(charge, tokens) {
      rates.settle(tokens);
      const posted = await services.settler.post(hold, charge);
      // What is not confirmed in time is found by its entry.
      if (ofUser !== null && posted !== null) await within(SETTLE_WAIT_MS, ofUser.settle(posted.amount));
      return posted;
    },
    async void(facts) {
      rates.settle(0);
      const voided = services.settler.fail(hold, facts, services.now(), free);
      if (ofUser !== null) await within(SETTLE_WAIT_MS, ofUser.settle(0n));
      // Whoever comes again with the same idempotency key finds it free; nobody else has to wait.
      if (claim !== null) await voided;
    },
  };
}

/**
 * Where not all candidates can be paid for, those that are paid for as they go may do; and where there is less than their
 * first slice, what there is; and whatever costs nothing. `inputTokens`: as estimated.
 */
async function takeHold(
  ask: Ask,
  candidates: readonly Candidate[],
  meters: (candidate: Candidate) => boolean,
  inputTokens: number,
  claim: Claim | null,
  services: Services,
): Promise<{ hold: LiveHold; candidates: readonly Candidate[] }> {
  const { key } = ask;
  const fx = services.rate();
  const quote = (some: readonly Candidate[], slice: number) =>
    picoUsdToNanos(firstQuote(some, meters, slice), key.currency, fx);
  const leastOf = (some: readonly Candidate[]) => some.map((each) => withLeastInput(each, inputTokens));
  const user = cappedUserOf(ask);
  const hold = async (some: readonly Candidate[]) => {
    const amount = quote(some, METER_SLICE_TOKENS);
    const least = quote(leastOf(some), LEAST_SLICE_TOKENS);
    return services.leases.hold({
      requestId: ask.id,
      ownerId: key.ownerId,
      keyId: key.id,
      keyHash: key.hash,
      currency: key.currency,
      amount,
      least,
      fx,
      ...(user === null ? {} : { most: await services.endUsers.share(user, amount, least) }),
      ...(claim === null ? {} : { claim: claim.make }),
    });
  };
  const take = async (
    some: readonly Candidate[],
    lighter: readonly (readonly Candidate[])[],
  ): Promise<{ hold: LiveHold; candidates: readonly Candidate[] }> => {
    try {
      return { hold: await hold(some), candidates: some };
    } catch (error) {
      if (!(error instanceof MeshError && error.code === 'spend_limit_exceeded')) throw error;
      const [next, ...rest] = lighter.filter((each) => each.length > 0 && each.length < some.length);
      if (next === undefined) throw withAffordable(error, leastOf(candidates), fx);
      return take(next, rest);
    }
  };
  const isFree = (candidate: Candidate) => quoteCandidate(candidate) === 0n;
  const slight = candidates.filter((each) => meters(each) || isFree(each));
  return take(candidates, [slight, candidates.filter(isFree)]);
}

/** A refusal for want of money says how long an answer could be paid for. */
function withAffordable(error: MeshError, candidates: readonly Candidate[], fx: FxRate): MeshError {
  const details = error.details as { available: string; currency: Currency };
  const available = details.available === '0' ? 0n : parseAmount(details.available, 'available');
  const affordable = affordableOutputTokens(nanosToPicoUsd(available, details.currency, fx), candidates);
  return new MeshError('spend_limit_exceeded', {
    message: error.message,
    details: { ...details, affordable_max_tokens: affordable },
    ...(error.retryAfterSeconds === null ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
  });
}

function notConfirmed(): StoreUnavailable {
  return new StoreUnavailable('The hold could not be confirmed.');
}
