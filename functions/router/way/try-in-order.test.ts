import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { ClientGone } from '../../core/client-gone.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { Standing } from '../../core/health/breaker-entry.ts';
import type { Pass } from '../../core/health/breaker-pass.ts';
import type { Candidate } from '../../core/routing/quote.ts';
import {
  ABORTED,
  ATTEMPTS_DEADLINE_MS,
  type AttemptRecord,
  attemptInOrder,
  KNOWN_SAMPLES,
  LEFT_TO_STREAMS_MS,
  MAX_ATTEMPTS,
  MAX_RETRY_AFTER_MS,
  PATIENCE,
  USUAL_RETRY_AFTER_SECONDS,
} from './try-in-order.ts';

const candidate = (id: string, thinks = false): Candidate => ({
  endpoint: makeEndpoint({ id, contextLength: 1_000, capabilities: new Set(thinks ? ['reasoning'] : []) }),
  inputTokens: 1,
  outputTokens: 1,
  choices: 1,
});
const down = new MeshError('upstream_error', { providerCode: '503' });

interface Scene {
  candidates?: number;
  /** What a breaker lets pass; default: everything. */
  enter?: (id: string, forced: boolean) => Pass['kind'] | null;
  until?: (id: string) => number;
  standing?: (id: string) => Partial<Standing>;
  usualMs?: number;
  samples?: number;
  streams?: boolean;
  thinks?: boolean;
  coolsAt?: number | null;
  attempt: (id: string, patienceMs: number, pass: (milliseconds: number) => void) => Promise<void>;
  signal?: AbortSignal;
}

function run({
  candidates = 9,
  enter = () => 'normal',
  until = () => 0,
  standing = (id) => ({ until: until(id) }),
  usualMs = 0,
  samples = 0,
  streams = true,
  thinks = false,
  coolsAt = null,
  attempt,
  signal,
}: Scene) {
  const records: AttemptRecord[] = [];
  const told: string[] = [];
  let time = 0;
  const toPass = (id: string, kind: Pass['kind']): Pass => ({
    kind,
    answered: () => told.push(`${id} answered`),
    succeeded: () => told.push(`${id} succeeded`),
    failed: () => told.push(`${id} failed`),
    limited: () => told.push(`${id} limited`),
    dropped: () => told.push(`${id} dropped`),
  });
  const answer = attemptInOrder({
    candidates: Array.from({ length: candidates }, (_, n) => candidate(`e${n}`, thinks)),
    key: 'key_1',
    records,
    attempt: ({ endpoint }, patienceMs) =>
      attempt(endpoint.id, patienceMs, (milliseconds) => {
        time += milliseconds;
      }),
    clock: { monotonic: () => time },
    signal: signal ?? new AbortController().signal,
    streams,
    coolsAt,
    pause: async (milliseconds) => {
      time += milliseconds;
    },
    health: {
      now: () => time,
      enter({ id }: Endpoint, _key: string, forced = false) {
        const kind = enter(id, forced);
        return kind === null ? null : toPass(id, kind);
      },
      failed: (_endpoint, pass) => pass.failed(),
      figures: () => ({
        firstTokenMs: usualMs,
        tokensPerSecond: 1,
        errorRate: 0,
        samples,
        ratio: 1,
        sampledAt: null,
      }),
      standing: ({ id }: Endpoint) => standing(id) as Standing,
    },
  });
  answer.catch(() => {});
  return {
    answer,
    told,
    now: () => time,
    tried: () => records.map(({ endpoint, outcome }) => `${endpoint.id} ${outcome}`),
  };
}

describe('attempts', () => {
  test('move on until one answers', async () => {
    const { answer, tried, told } = run({
      attempt: async (id) => {
        if (id !== 'e2') throw down;
      },
    });
    await answer;
    expect(tried()).toEqual(['e0 upstream_error', 'e1 upstream_error', 'e2 ok']);
    expect(told).toEqual(['e0 failed', 'e1 failed', 'e2 answered']);
  });

  test('end with the last failure, after so many', async () => {
    const { answer, tried } = run({
      attempt: async () => {
        throw down;
      },
    });
    await expect(answer).rejects.toBe(down);
    expect(tried()).toHaveLength(MAX_ATTEMPTS);
  });

  test('end when their time is over, however few they were', async () => {
    const { answer, tried } = run({
      attempt: async (_id, _patience, pass) => {
        pass(ATTEMPTS_DEADLINE_MS / 2);
        throw down;
      },
    });
    await expect(answer).rejects.toBe(down);
    expect(tried()).toHaveLength(2);
  });

  test('stop at the caller’s own mistake', async () => {
    const mistake = new MeshError('bad_request');
    const { answer, tried } = run({
      attempt: async () => {
        throw mistake;
      },
    });
    await expect(answer).rejects.toBe(mistake);
    expect(tried()).toEqual(['e0 bad_request']);
  });

  test('stop at a fault of ours, which another endpoint would have too', async () => {
    const { answer, tried } = run({
      attempt: async () => {
        throw new TypeError('a bug');
      },
    });
    await expect(answer).rejects.toMatchObject({ code: 'internal_error' });
    expect(tried()).toEqual(['e0 internal_error']);
  });

  test('are not begun for a client that has left, so that nobody pays for them', async () => {
    const gone = new AbortController();
    gone.abort(new ClientGone());
    const { answer, tried } = run({ attempt: async () => {}, signal: gone.signal });
    await expect(answer).rejects.toBeInstanceOf(ClientGone);
    expect(tried()).toEqual([]);
  });

  test('that failed before the client left do not count as at work', async () => {
    const gone = new AbortController();
    const { answer, tried } = run({
      attempt: async () => {
        queueMicrotask(() => gone.abort(new ClientGone()));
        throw down;
      },
      signal: gone.signal,
    });
    await expect(answer).rejects.toBeInstanceOf(ClientGone);
    expect(tried().at(-1)).toBe('e0 upstream_error');
  });

  test('that the client’s leaving ended say so, and nothing of their endpoint', async () => {
    const gone = new AbortController();
    const { answer, tried, told } = run({
      attempt: async () => {
        gone.abort(new ClientGone());
        throw gone.signal.reason;
      },
      signal: gone.signal,
    });
    await expect(answer).rejects.toBeInstanceOf(ClientGone);
    expect(tried()).toEqual([`e0 ${ABORTED}`]);
    expect(told).toEqual(['e0 dropped']);
  });
});

describe('breakers', () => {
  test('that opened since an endpoint was chosen leave it out, without an attempt', async () => {
    const { answer, tried } = run({ enter: (id) => (id === 'e0' ? null : 'normal'), attempt: async () => {} });
    await answer;
    expect(tried()).toEqual(['e1 ok']);
  });

  test('that are all open let the one pass that is nearest to its probe', async () => {
    const { answer, tried } = run({
      candidates: 3,
      enter: (_id, forced) => (forced ? 'forced' : null),
      until: (id) => ({ e0: 30, e1: 10, e2: 20 })[id] ?? 0,
      attempt: async () => {},
    });
    await answer;
    expect(tried()).toEqual(['e1 ok']);
  });
});

describe('the first probe of an endpoint that was down', () => {
  const order = async (streams: boolean, dueMs: number) => {
    const asked: string[] = [];
    await run({
      candidates: 2,
      streams,
      standing: (id) => (id === 'e0' ? { admits: 'probe', state: 'open', until: -dueMs } : { admits: 'all' }),
      attempt: async (id) => {
        asked.push(id);
        throw down;
      },
    }).answer.catch(() => {});
    return asked;
  };

  test('is left to a stream for a while: an answer that comes whole waits longer in vain', async () => {
    expect(await order(false, LEFT_TO_STREAMS_MS - 1)).toEqual(['e1', 'e0']);
    expect(await order(true, LEFT_TO_STREAMS_MS - 1)).toEqual(['e0', 'e1']);
  });

  test('is made by any request when no stream has come', async () => {
    expect(await order(false, LEFT_TO_STREAMS_MS)).toEqual(['e0', 'e1']);
  });
});

describe('an endpoint that says when to come back', () => {
  const soon = new MeshError('upstream_error', { providerCode: '429', retryAfterSeconds: 2 });

  test('is waited for only when all others have failed', async () => {
    let calls = 0;
    const { answer, tried, now } = run({
      candidates: 2,
      attempt: async (id) => {
        if (id === 'e1') throw down;
        if (calls++ === 0) throw soon;
      },
    });
    await answer;
    expect(tried()).toEqual(['e0 upstream_error', 'e1 upstream_error', 'e0 ok']);
    expect(now()).toBe(2_000);
  });

  test('is not waited for longer than the limit', async () => {
    const late = new MeshError('upstream_error', { retryAfterSeconds: MAX_RETRY_AFTER_MS / 1_000 + 1 });
    const { answer, tried } = run({
      candidates: 1,
      attempt: async () => {
        throw late;
      },
    });
    await expect(answer).rejects.toBe(late);
    expect(tried()).toHaveLength(1);
  });

  test('is tried again once, not for ever', async () => {
    const { answer, tried } = run({
      candidates: 1,
      attempt: async () => {
        throw soon;
      },
    });
    await expect(answer).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    expect(tried()).toHaveLength(2);
  });
});

describe('where all endpoints are at their limit', () => {
  const limit = (retryAfterSeconds?: number) =>
    new MeshError('upstream_error', {
      providerCode: '429',
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  const refusalOf = async (failures: Record<string, MeshError[]>, coolsAt: number | null = null) => {
    const { answer } = run({
      coolsAt,
      candidates: Object.keys(failures).length,
      attempt: async (id) => {
        throw failures[id]?.shift();
      },
    });
    return answer.then(
      () => null,
      (error: unknown) => error,
    );
  };

  test('so is the request, until the nearest of them wants to be asked again', async () =>
    expect(await refusalOf({ e0: [limit(60)], e1: [limit(20)], e2: [limit()] })).toMatchObject({
      code: 'rate_limit_exceeded',
      status: 429,
      retryAfterSeconds: 20,
      providerCode: '429',
      details: { source: 'provider' },
    }));

  test('one that was left out for its cooldown counts as well', async () => {
    expect(await refusalOf({ e0: [limit(60)] }, 7_200)).toMatchObject({ retryAfterSeconds: 8 });
    expect(await refusalOf({ e0: [limit(60)] }, -1)).toMatchObject({ retryAfterSeconds: 1 });
  });

  test('for no longer than our own cooldowns', async () =>
    expect(await refusalOf({ e0: [limit(99_999_999)] })).toMatchObject({ retryAfterSeconds: 3_600 }));

  test('what an endpoint said last counts', async () =>
    expect(await refusalOf({ e0: [limit(1), limit(40)], e1: [limit(90)] })).toMatchObject({ retryAfterSeconds: 40 }));

  test('a usual time is said where none of them says one', async () =>
    expect(await refusalOf({ e0: [limit()] })).toMatchObject({ retryAfterSeconds: USUAL_RETRY_AFTER_SECONDS }));

  test('but not where one of them failed otherwise', async () => {
    expect(await refusalOf({ e0: [limit(60)], e1: [down] })).toBe(down);
    expect(await refusalOf({ e0: [down], e1: [limit(60)] })).toMatchObject({ code: 'upstream_error' });
  });
});

test.each([
  [
    'prompt is too long: 9 tokens > 8 maximum',
    "This model's maximum context length is 1000 tokens. prompt is too long: 9",
  ],
  ["This model's maximum context length is 8 tokens.", "This model's maximum context length is 8 tokens."],
])('an input that is too long is said so in the words that clients look for: %s', async (message, words) => {
  const tooLong = new MeshError('context_length_exceeded', { message, providerCode: '400' });
  const { answer, tried } = run({
    attempt: async () => {
      throw tooLong;
    },
  });
  await expect(answer).rejects.toMatchObject({
    code: 'context_length_exceeded',
    message: expect.stringMatching(`^${words}`),
    providerCode: '400',
  });
  expect(tried()).toHaveLength(1);
});

describe('patience', () => {
  const patienceOf = async (scene: Omit<Scene, 'attempt'>) => {
    const given: number[] = [];
    await run({
      ...scene,
      attempt: async (_id, patienceMs) => {
        given.push(patienceMs);
        throw down;
      },
    }).answer.catch(() => {});
    return given;
  };

  const { unknown, known, probe } = PATIENCE;

  test('ends sooner while there is another endpoint; the last one has all the time', async () => {
    expect(await patienceOf({ candidates: 2 })).toEqual([unknown.leastMs, Number.POSITIVE_INFINITY]);
  });

  test('with a whole answer lasts until all the tokens that it may have are written', async () => {
    const [whole] = await patienceOf({ candidates: 2, streams: false });
    // One token at one a second.
    expect(whole).toBe(unknown.leastMs + 1_000);
  });

  test('grows with what an endpoint usually takes', async () => {
    expect((await patienceOf({ candidates: 2, usualMs: 20_000 }))[0]).toBe(20_000 * unknown.usualWaits);
  });

  test('is shorter where it is known what that is', async () => {
    const [first] = await patienceOf({ candidates: 2, samples: KNOWN_SAMPLES });
    expect(first).toBe(known.leastMs);
    expect(known.leastMs).toBeLessThan(unknown.leastMs);
  });

  test('is shortest with an endpoint that was down, if it was ever measured', async () => {
    const [first] = await patienceOf({ candidates: 2, enter: () => 'probe', samples: 0.001 });
    expect(first).toBe(probe.leastMs);
    const [unmeasured] = await patienceOf({ candidates: 2, enter: () => 'probe', samples: 0 });
    expect(unmeasured).toBe(known.leastMs);
  });

  test('is longer with an endpoint that may think before its first token', async () => {
    const [first] = await patienceOf({ candidates: 2, samples: KNOWN_SAMPLES, thinks: true });
    expect(first).toBe(unknown.leastMs);
    const [probed] = await patienceOf({ candidates: 2, samples: KNOWN_SAMPLES, thinks: true, enter: () => 'probe' });
    expect(probed).toBe(known.leastMs);
  });
});
