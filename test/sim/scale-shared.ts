import { BREAKERS } from '../../functions/core/health/breaker.ts';
import { createBreakers } from '../../functions/core/health/breakers.ts';
import { createFigureBoard, FIGURES } from '../../functions/core/health/figure-board.ts';
import { makeEndpoint } from '../support/make-endpoint.ts';
import { meterDocuments } from './document-meter.ts';
import { createRandom } from './random.ts';
import { createSimulatedStore } from './simulated-store.ts';
import { createTimeline } from './timeline.ts';

/** What all instances of a region share whoever asks: one document of figures, and one for each endpoint's breaker. */
export interface SharedResult {
  /** Writes of the figures' document a second, and those that came too late for it, to be tried with the next. */
  figuresPerSecond: number;
  figuresLatePerSecond: number;
  /** Of the breaker of an endpoint that goes down and comes back: all writes, the most in one second, tries that were overtaken. */
  breaker: { writes: number; peak: number; overtaken: number };
}

const BEGIN_MS = Date.UTC(2026, 10, 23, 12);
const TICK_MS = 1_000;
/** Until figures are shared in turn; then they are counted; then the endpoint is down; then it is well. Milliseconds. */
const WARM_MS = 10_000;
const COUNT_MS = 20_000;
const DOWN_MS = 20_000;
const BACK_MS = 40_000;
const FAIL_MS = 200;

/** `perSecond`: requests of each instance to the one endpoint. */
export async function simulateShared(instances: number, perSecond: number, seed: number): Promise<SharedResult> {
  const timeline = createTimeline();
  const chance = createRandom(seed);
  const now = () => BEGIN_MS + timeline.now();
  const store = createSimulatedStore(timeline, chance.fork('store'), now);
  const figures = meterDocuments(store.connect(), timeline.now);
  const states = meterDocuments(store.connect(), timeline.now);
  const endpoint = makeEndpoint();
  let isDown = false;

  for (let n = 0; n < instances; n++) {
    const random = chance.fork(`ins_${n}`);
    let ids = 0;
    const ports = { now, random: random.next, onTrouble: () => {} };
    const board = createFigureBoard({ ...ports, documents: figures.documents, region: 'test' });
    const breakers = createBreakers({
      ...ports,
      documents: states.documents,
      monotonic: timeline.now,
      pause: timeline.pause,
      mintId: (kind) => `${kind}_${n}_${ids++}`,
      outcomes: board.outcomes,
      elsewhere: board.elsewhere,
      onChange: () => {},
      onGeneration: (endpointId, { changedAt }) => board.restart(endpointId, changedAt),
    });
    timeline.every(TICK_MS, random.between(0, TICK_MS), () => {
      breakers.tick();
      board.tick();
    });
    const ask = async () => {
      const pass = await breakers.enter(endpoint, `key_${n}`);
      if (pass === null) return;
      await timeline.pause(FAIL_MS);
      if (isDown) {
        board.failed(endpoint);
        pass.failed();
      } else {
        board.succeeded(endpoint, { firstTokenMs: FAIL_MS, totalMs: FAIL_MS, outputTokens: 100 });
        pass.succeeded();
      }
    };
    timeline.every(1_000 / perSecond, random.between(0, 1_000 / perSecond), () => void ask());
  }

  await timeline.run(WARM_MS);
  figures.take();
  await timeline.run(WARM_MS + COUNT_MS);
  const counted = figures.take();
  states.take();
  isDown = true;
  await timeline.run(timeline.now() + DOWN_MS);
  isDown = false;
  await timeline.run(timeline.now() + BACK_MS);
  const outage = states.take();
  const seconds = COUNT_MS / 1_000;
  const written = counted.heat.get(FIGURES)?.most ?? 0;
  return {
    figuresPerSecond: written / seconds,
    figuresLatePerSecond: (counted.commits - written) / seconds,
    breaker: {
      writes: outage.heat.get(BREAKERS)?.most ?? 0,
      peak: outage.heat.get(BREAKERS)?.peak ?? 0,
      overtaken: outage.overtaken,
    },
  };
}
