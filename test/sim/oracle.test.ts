import { expect, test } from '@jest/globals';
import { type Asked, consult } from './oracle.ts';
import { createRandom } from './random.ts';
import { type Behaviour, createSyntheticEndpoint, type Phase, type SyntheticEndpoint } from './synthetic-endpoint.ts';

const usual: Behaviour = { firstTokenMs: 1_000, tokensPerSecond: 100, errorRate: 0, failsBy: 'error' };
const make = (id: string, price: number, changes: Partial<Behaviour> = {}, phases: Phase[] = []) =>
  createSyntheticEndpoint(
    { id, price: { input: price, output: price }, usual: { ...usual, ...changes }, phases },
    createRandom(id),
  );
const asked: Asked = { inputTokens: 1_000, outputTokens: 100, profile: 'balanced' };

/** 2 s for 100 tokens. */
const cheap = make('cheap', 1);
/** 1.5 s. */
const fast = make('fast', 2, { firstTokenMs: 500 });
const both = [cheap, fast];
function verdict(endpoints: SyntheticEndpoint[], at = 0) {
  const found = consult(endpoints, asked, at, 'local');
  if (found === null) throw new Error('nothing is up');
  return found;
}

test('the best is found by the published score', () => {
  const { best, bestEndpoint } = verdict(both);
  expect(bestEndpoint).toBe(cheap);
  expect(best).toBeCloseTo(1 + 2 / 1.5);
});

test('whoever chooses it has no regret, and whoever does not, the difference', () => {
  const { best, scoreOf } = verdict(both);
  expect(scoreOf({ tried: [cheap], lostMs: 0, served: true })).toBe(best);
  expect(scoreOf({ tried: [fast], lostMs: 0, served: true })).toBeCloseTo(2 + 1);
});

test('time that was lost on others counts, and so does that they were down', () => {
  const down = make('down', 0.1, { errorRate: 1 });
  const { best, scoreOf } = verdict([...both, down]);
  expect(best).toBeCloseTo(1 + 2 / 1.5);
  expect(scoreOf({ tried: [down, cheap], lostMs: 3_000, served: true })).toBeCloseTo(1 + 5 / 1.5 + 4);
});

test('a rate of errors counts by its weight, the same for both', () => {
  const { best, scoreOf } = verdict([make('shaky', 1, { errorRate: 0.2 })]);
  expect(best).toBeCloseTo(1 + 1 + 0.8);
  expect(verdict([make('shaky', 1, { errorRate: 0.2 }), fast]).bestEndpoint).toBe(fast);
  expect(scoreOf({ tried: [], lostMs: 0, served: false })).toBeCloseTo(1 + 4);
});

test('who is down now is not who is down later', () => {
  const later = make('cheap', 1, {}, [{ from: 100, to: 200, change: { errorRate: 1 } }]);
  expect([50, 150, 250].map((at) => verdict([later, fast], at).bestEndpoint)).toEqual([later, fast, later]);
  expect(consult([later], asked, 150, 'local')).toBeNull();
});

test('an endpoint has room for so many requests a minute, and says when the next one begins', () => {
  const limited = createSyntheticEndpoint(
    { id: 'limited', price: { input: 1, output: 1 }, usual, perMinute: 2 },
    createRandom(1),
  );
  const kinds = [10_000, 20_000, 30_000, 60_000].map((at) => limited.ask(at, 'local').kind);
  expect(kinds).toEqual(['answer', 'answer', 'error', 'answer']);
  limited.ask(70_000, 'local');
  expect(limited.isUp(75_500)).toBe(false);
  expect(limited.ask(75_500, 'local')).toMatchObject({ error: { providerCode: '429', retryAfterSeconds: 45 } });
});
