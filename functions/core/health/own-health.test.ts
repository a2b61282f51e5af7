import { expect, test } from '@jest/globals';
import { createOwnHealth, MAX_OWN_ENDPOINTS, OWN_FAILURES_IN_A_ROW, OWN_REST_MS } from './own-health.ts';

function setUp() {
  let time = 1_000_000;
  const health = createOwnHealth({ region: 'local', now: () => time });
  const fail = (id: string, times: number) => {
    for (let n = 0; n < times; n++) health.enter(id, true)?.failed();
  };
  return {
    health,
    fail,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}
const endpointOf = (id: string) => ({ id, region: null, expected: { firstTokenMs: 100, tokensPerSecond: 50 } });

test('an endpoint that is at its limit is kept back as long as it says, with this credential alone', () => {
  const { health, pass } = setUp();
  health.enter('acme/m#pk_1', false)?.limited(8_000, 'rate_limited');
  expect(health.enter('acme/m#pk_1', false)).toBeNull();
  expect(health.standing('acme/m#pk_1')).toMatchObject({ state: 'cooldown', admits: 'none', reason: 'rate_limited' });
  expect(health.enter('acme/m#pk_2', false)?.kind).toBe('normal');
  expect(health.enter('acme/m#pk_1', true)?.kind).toBe('forced');
  pass(8_000);
  expect(health.enter('acme/m#pk_1', false)?.kind).toBe('normal');
});

test('some failures in a row keep it back for a while, and an answer ends the row', () => {
  const { health, fail, pass } = setUp();
  fail('a#1', OWN_FAILURES_IN_A_ROW - 1);
  health.enter('a#1', false)?.succeeded();
  fail('a#1', OWN_FAILURES_IN_A_ROW - 1);
  expect(health.standing('a#1').admits).toBe('all');
  fail('a#1', 1);
  expect(health.standing('a#1').admits).toBe('none');
  pass(OWN_REST_MS);
  expect(health.standing('a#1').admits).toBe('all');
});

test('a pass counts once', () => {
  const { health } = setUp();
  const pass = health.enter('a#1', false);
  for (let n = 0; n < OWN_FAILURES_IN_A_ROW; n++) pass?.failed();
  expect(health.standing('a#1').admits).toBe('all');
});

test('times are measured for each credential', () => {
  const { health } = setUp();
  health.succeeded(endpointOf('a#1'), { firstTokenMs: 900, totalMs: 2_000, outputTokens: 100 });
  expect(health.figures(endpointOf('a#1')).firstTokenMs).toBe(900);
  expect(health.figures(endpointOf('a#2')).firstTokenMs).toBe(100);
  health.failed('a#1');
  expect(health.figures(endpointOf('a#1')).errorRate).toBeGreaterThan(0);
});

test('no more is remembered than has room', () => {
  const { health } = setUp();
  health.enter('first#1', false)?.limited(60_000, 'rate_limited');
  for (let n = 0; n < MAX_OWN_ENDPOINTS; n++) health.failed(`a#${n}`);
  expect(health.standing('first#1').admits).toBe('all');
});
