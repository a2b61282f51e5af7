import { beforeEach, describe, expect, test } from '@jest/globals';
import { BreakerWorld } from '../../../test/support/breaker-world.ts';
import { CLOSED } from './breaker.ts';
import { type CountedPass, RECENT_ANSWER_MS } from './failure-rows.ts';
import { FAILURES_IN_A_ROW, WINDOW_MS } from './outcome-window.ts';

let world: BreakerWorld;
beforeEach(() => {
  world = new BreakerWorld();
});

const pass = (changes: Partial<CountedPass> = {}): CountedPass => ({
  kind: 'normal',
  key: 'key_1',
  generation: 0,
  isAnswered: false,
  ...changes,
});
async function fail(changes: Partial<CountedPass> = {}): Promise<void> {
  world.rows.noteFailure(world.entry, pass(changes));
  await world.settle();
}
const told = () => (world.stored?.failures ?? []).map(({ key, broken }) => (broken ? `${key} broken` : key));

describe('a failure', () => {
  test('is told at once by an instance that was not answered lately', async () => {
    await fail();
    expect(told()).toEqual(['key_1']);
  });

  test('waits half a second after an answer, and is told if no other answer comes', async () => {
    world.rows.noteAnswer(world.entry, pass());
    world.time += 200;
    await fail();
    expect(world.transactions).toBe(0);
    expect(world.waits[0]?.milliseconds).toBe(RECENT_ANSWER_MS - 200);
    await world.endWait();
    expect(told()).toEqual(['key_1']);
  });

  test('is taken back by an answer that comes meanwhile', async () => {
    world.rows.noteAnswer(world.entry, pass());
    await fail();
    world.rows.noteAnswer(world.entry, pass());
    await world.endWait();
    expect(world.transactions).toBe(0);
  });

  test('after the first token is taken back by an answer that comes to its end, and not by one that begins', async () => {
    world.rows.noteAnswer(world.entry, pass());
    await fail({ isAnswered: true });
    world.rows.noteAnswer(world.entry, pass());
    await world.endWait();
    expect(told()).toEqual(['key_1 broken']);
    world.rows.noteSuccess(world.entry, pass());
    await world.settle();
    expect(told()).toEqual([]);
  });

  test('that is the second in a row is told at once, with the first', async () => {
    world.rows.noteAnswer(world.entry, pass());
    await fail();
    await fail({ key: 'key_2' });
    expect(told()).toEqual(['key_1', 'key_2']);
  });

  test('that comes while others are told waits for its turn, and is not forgotten', async () => {
    const release = world.hold();
    for (const key of ['key_1', 'key_2', 'key_3']) await fail({ key });
    expect(world.transactions).toBe(1);
    await release();
    expect(world.transactions).toBe(2);
    expect(told()).toEqual(['key_1', 'key_2', 'key_3']);
  });

  test('is forgotten by all after a minute', async () => {
    await fail();
    world.time += WINDOW_MS + 1;
    await fail({ key: 'key_2' });
    expect(told()).toEqual(['key_2']);
  });

  test('is told of to nobody while this instance fails everywhere', async () => {
    for (const provider of ['bolt', 'core', 'dash']) for (let n = 0; n < 2; n++) world.ownProblem.failed(provider);
    await fail();
    expect(world.transactions).toBe(0);
  });

  test('of a provider that has answered meanwhile is no problem of this instance', async () => {
    for (const provider of ['bolt', 'core']) for (let n = 0; n < 2; n++) world.ownProblem.failed(provider);
    await fail();
    world.rows.noteSuccess(world.entry, pass());
    await fail();
    expect(world.ownProblem.isThere).toBe(false);
    await fail();
    expect(world.ownProblem.isThere).toBe(true);
  });
});

describe('an answer', () => {
  test('costs no transaction where nobody has failed', async () => {
    world.rows.noteAnswer(world.entry, pass());
    world.rows.noteSuccess(world.entry, pass());
    await world.settle();
    expect(world.transactions).toBe(0);
  });
});

describe('what does not count:', () => {
  test.each<[string, Partial<CountedPass>]>([
    ['what was let pass by way of exception', { kind: 'forced' }],
    ['a probe, which says what it has to say itself', { kind: 'probe' }],
    ['what began under another generation', { generation: 1 }],
  ])('%s', async (_name, changes) => {
    world.rows.noteAnswer(world.entry, pass(changes));
    for (let n = 0; n < FAILURES_IN_A_ROW; n++) await fail(changes);
    world.rows.noteSuccess(world.entry, pass(changes));
    expect([world.entry.window.size, world.entry.window.answeredAt]).toEqual([0, Number.NEGATIVE_INFINITY]);
    expect([world.entry.local, world.entry.shared, world.transactions]).toEqual([null, CLOSED, 0]);
  });

  test('what ends after this instance has opened its breaker', async () => {
    for (let n = 0; n < FAILURES_IN_A_ROW; n++) await fail();
    expect(world.entry.local?.state).toBe('open');
    await fail();
    expect(world.entry.window.size).toBe(0);
  });
});
