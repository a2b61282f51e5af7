import { type Catalogue, createCatalogue } from '../../functions/catalogue/catalogue.ts';
import { MeshError } from '../../functions/core/errors.ts';
import type { BreakerChange } from '../../functions/core/health/breaker-entry.ts';
import { createBreakers } from '../../functions/core/health/breakers.ts';
import { createFigureBoard } from '../../functions/core/health/figure-board.ts';
import { noUsage, type Usage } from '../../functions/core/money/usage.ts';
import type { Candidate } from '../../functions/core/routing/quote.ts';
import type { Profile } from '../../functions/core/routing/weights.ts';
import { createSessions } from '../../functions/core/sessions/sessions.ts';
import type { Documents } from '../../functions/core/store/documents.ts';
import type { Key } from '../../functions/router/access/key-cache.ts';
import { chatNeeds } from '../../functions/router/operations/shared/chat-needs.ts';
import { TICK_MS } from '../../functions/router/start/own-jobs.ts';
import { ATTEMPT_LIMITS } from '../../functions/router/way/attempt-limits.ts';
import { choose, type Plan } from '../../functions/router/way/choose.ts';
import type { Delivery } from '../../functions/router/way/delivery.ts';
import { createHealth, type Health } from '../../functions/router/way/health.ts';
import { recallSession } from '../../functions/router/way/recall-session.ts';
import { type AttemptRecord, attemptInOrder, concludeAttempt } from '../../functions/router/way/try-in-order.ts';
import type { OutageWatch, PassKind } from './outages.ts';
import type { Random } from './random.ts';
import type { SyntheticEndpoint } from './synthetic-endpoint.ts';
import type { Timeline } from './timeline.ts';

export interface SimulatedRequest {
  key: Key;
  inputTokens: number;
  maxTokens: number;
  /** Tokens that its answer has. */
  outputTokens: number;
  streams: boolean;
  profile: Profile;
  /** The conversation that it is a turn of, whose beginning caches know; null for none. */
  session: string | null;
  /** Whether its client names that. */
  affinity: boolean;
}

/** What a router tells whoever watches, as it happens. */
export interface Watcher {
  asked(synthetic: SyntheticEndpoint, pass: PassKind): void;
  /** The first token has come, or the attempt has failed. */
  ended(synthetic: SyntheticEndpoint, pass: PassKind): void;
  failed: OutageWatch['failed'];
  succeeded: OutageWatch['succeeded'];
  changed(change: BreakerChange): void;
  troubled(error: unknown): void;
}

export interface Served {
  records: readonly AttemptRecord[];
  ok: boolean;
  /** What it took; null where nobody served it. */
  usage: Usage | null;
}

export interface SimulatedRouter {
  region: string;
  health: Health;
  /** The way of one request through choosing, attempts and their conclusion, as in `complete.ts`. */
  serve(request: SimulatedRequest, onChosen: OnChosen): Promise<Served>;
}

/** Hears at once which endpoint is to be tried first, and whether its breaker lets everything pass. */
export type OnChosen = (first: SyntheticEndpoint, isNormal: boolean) => void;

export interface SimulatedRouterOptions {
  timeline: Timeline;
  random: Random;
  documents: Documents;
  region: string;
  endpoints: readonly SyntheticEndpoint[];
  /** Of these endpoints. */
  catalogue: Catalogue;
  /** Unix milliseconds. */
  now: () => number;
  watcher: Watcher;
}

const MODEL = 'sim/model';

/** One instance: the router's own choosing, attempts, figures and breakers on simulated time, store and upstreams. */
export function createSimulatedRouter(options: SimulatedRouterOptions): SimulatedRouter {
  const { timeline, documents, region, endpoints, catalogue, now, watcher } = options;
  const random = options.random.next;
  const board = createFigureBoard({ documents, region, now, random, onTrouble: watcher.troubled });
  let ids = 0;
  const prefix = `${region}_${Math.floor(random() * 1e9)}`;
  const breakers = createBreakers({
    documents,
    now,
    monotonic: timeline.now,
    pause: timeline.pause,
    random,
    mintId: (kind) => `${kind}_${prefix}_${ids++}`,
    outcomes: board.outcomes,
    elsewhere: board.elsewhere,
    onChange: watcher.changed,
    onGeneration: (endpointId, { changedAt }) => board.restart(endpointId, changedAt),
    onTrouble: watcher.troubled,
  });
  timeline.every(TICK_MS, random() * TICK_MS, () => {
    breakers.tick();
    board.tick();
  });
  const health = createHealth({ breakers, board, region, now, random });
  const sessions = createSessions({
    documents,
    now,
    pause: timeline.pause,
    aside: (_name, _ownerId, work) => work().catch(watcher.troubled),
    secret: prefix,
  });
  const byId = new Map(endpoints.map((synthetic) => [synthetic.endpoint.id, synthetic]));
  const clock = { now, monotonic: timeline.now };

  async function serve(request: SimulatedRequest, onChosen: OnChosen): Promise<Served> {
    const { key, inputTokens, maxTokens, streams, profile } = request;
    const name = request.affinity ? request.session : null;
    const affinity = name === null ? null : { ownerId: key.ownerId, name, isNamed: true };
    let turn: Turn | null = null;
    const records: AttemptRecord[] = [];
    let ending: Ending | null = null;
    const attempt = async (candidate: Candidate, patienceMs: number) => {
      ending = await ask(candidate, patienceMs, request, records);
    };
    try {
      const chat = {
        model: MODEL,
        messages: [{ role: 'user' as const, content: '' }],
        max_tokens: maxTokens,
        stream: streams,
        weight_profile: profile,
      };
      const input = { textBytes: inputTokens * 4, estimatedTokens: inputTokens, pieces: 1, images: 0, opaque: false };
      const needs = { ...(await chatNeeds(chat, key)), input };
      const session = await recallSession({ affinity }, needs, { sessions, health, catalogue: () => catalogue });
      const plan = choose(needs, () => true, key, catalogue, health, session?.home);
      const { candidates } = plan;
      turn = { session, plan };
      const first = byId.get(candidates[0]?.endpoint.id ?? '') as SyntheticEndpoint;
      onChosen(first, health.standing(first.endpoint).admits === 'all');
      await attemptInOrder({
        candidates,
        key: key.id,
        streams,
        coolsAt: null,
        attempt,
        records,
        health,
        clock,
        signal: neverAborted,
        pause: timeline.pause,
      });
    } catch (error) {
      if (!(error instanceof MeshError)) throw error;
      return { records, ok: false, usage: null };
    }
    const last = records.at(-1);
    if (last === undefined || ending === null) throw new Error('It was served by nobody.');
    const delivery = await deliver(last, ending, request);
    concludeAttempt(last, delivery, health);
    const { usage, outcome } = delivery;
    const ok = outcome === 'finished';
    if (ok && usage !== null && turn !== null) turn.session?.served(last.endpoint, usage, turn.plan);
    return { records, ok, usage };
  }

  /** Waits for the first token, or for the whole answer, no longer than a real attempt would. */
  async function ask(
    { endpoint }: Candidate,
    patienceMs: number,
    { key, streams, outputTokens }: SimulatedRequest,
    records: readonly AttemptRecord[],
  ): Promise<Ending> {
    const synthetic = byId.get(endpoint.id) as SyntheticEndpoint;
    const kind = records.at(-1)?.pass.kind ?? 'normal';
    watcher.asked(synthetic, kind);
    const reply = synthetic.ask(timeline.now(), region);
    const limitMs = Math.min(patienceMs, streams ? ATTEMPT_LIMITS.firstByte : ATTEMPT_LIMITS.whole);
    try {
      if (reply.kind === 'error') {
        await timeline.pause(reply.afterMs);
        throw reply.error;
      }
      const restMs = reply.kind === 'answer' ? reply.msPerToken * (outputTokens - 1) : 0;
      const beginsMs =
        reply.kind === 'silence' ? Number.POSITIVE_INFINITY : reply.firstTokenMs + (streams ? 0 : restMs);
      await timeline.pause(Math.min(beginsMs, limitMs));
      if (beginsMs > limitMs) throw new MeshError('gateway_timeout', { providerCode: 'first_token_timeout' });
      const breaks = reply.kind === 'answer' && reply.breaks;
      if (breaks && !streams) throw new MeshError('upstream_error', { providerCode: 'connection_lost' });
      watcher.ended(synthetic, kind);
      watcher.succeeded(synthetic, kind, 'unanswered');
      return { synthetic, restMs: streams ? restMs : 0, breaks };
    } catch (error) {
      watcher.ended(synthetic, kind);
      watcher.failed(synthetic, key.id, kind, 'unanswered');
      throw error;
    }
  }

  async function deliver(
    { candidate, pass }: AttemptRecord,
    begun: Ending,
    { key, streams, outputTokens, inputTokens, session }: SimulatedRequest,
  ): Promise<Delivery> {
    const { synthetic, restMs } = begun;
    const cacheRead = session === null ? 0 : synthetic.readCache(session, inputTokens, timeline.now());
    const endsAt = timeline.now() + restMs;
    const breaksAt = begun.breaks ? endsAt - restMs / 2 : synthetic.breaksAllAt(timeline.now(), endsAt);
    const upstreamMs = (breaksAt ?? endsAt) - timeline.now();
    await timeline.pause(upstreamMs);
    const breaks = breaksAt !== null;
    if (breaks) watcher.failed(synthetic, key.id, pass.kind, 'broken');
    else watcher.succeeded(synthetic, pass.kind, 'broken');
    return {
      outcome: breaks ? 'upstream_broke' : 'finished',
      candidate,
      usage: breaks ? null : { ...noUsage, input: inputTokens, cacheRead, output: outputTokens },
      whole: !breaks,
      deliveredTokens: breaks ? outputTokens / 2 : outputTokens,
      error: breaks ? new MeshError('upstream_truncated') : null,
      streamed: streams,
      beganAt: null,
      finishReason: null,
      upstreamMs,
      clientMs: 0,
    };
  }

  return { region, health, serve };
}

/** A turn of a session, where it is one, and how its endpoints were chosen. */
interface Turn {
  session: Awaited<ReturnType<typeof recallSession>>;
  plan: Plan;
}

/** How an answer that has begun goes on. */
interface Ending {
  synthetic: SyntheticEndpoint;
  restMs: number;
  breaks: boolean;
}

/** Clients of the simulation never leave. */
const neverAborted = new AbortController().signal;

/** One model, served by all of them. */
export function toCatalogue(endpoints: readonly SyntheticEndpoint[]): Catalogue {
  const all = endpoints.map(({ endpoint }) => endpoint);
  const [first] = all;
  if (first === undefined) throw new Error('A scenario needs endpoints.');
  const { contextLength, maxOutputTokens, capabilities } = first;
  return createCatalogue([
    {
      id: MODEL,
      name: MODEL,
      description: null,
      brand: 'sim',
      type: 'chat',
      aliases: [],
      contextLength,
      maxOutputTokens,
      capabilities,
      inputModalities: ['text'],
      outputModalities: ['text'],
      created: 0,
      retiresAt: null,
      quality: { general: 50, code: 50, reasoning: 50, multilingual: 50 },
      endpoints: all,
    },
  ]);
}
