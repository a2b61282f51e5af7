import { describe, expect, test } from '@jest/globals';
import { errorFacts } from './error-facts.ts';

/** An error with a stack of our own making. */
const withStack = (...lines: string[]) => Object.assign(new TypeError('x'), { stack: lines.join('\n') });

describe('the place that an error came from', () => {
  test('is a line of the file that threw it', () => {
    expect(errorFacts(new RangeError('no'))).toEqual({
      error: 'RangeError',
      at: expect.stringMatching(/^error-facts\.test\.ts:\d+:\d+$/),
    });
  });

  test('is in our code, even where a library threw', () => {
    const thrown = withStack(
      'TypeError: x',
      '    at Parser.execute (/app/node_modules/undici/lib/parser.js:1:2)',
      '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
      '    at async fill (file:///app/functions/core/leases.ts:12:3)',
      '    at async other.ts:9:9',
    );
    expect(errorFacts(thrown)).toEqual({ error: 'TypeError', at: 'leases.ts:12:3' });
  });

  test('is in the library where nothing of ours stands in the stack', () => {
    const frame = '    at Socket.onData (/app/node_modules/undici/lib/client-h1.js:7:8)';
    expect(errorFacts(withStack('TypeError: x', frame)).at).toBe('client-h1.js:7:8');
  });

  test('is never read from the message', () => {
    expect(errorFacts(withStack('TypeError: look at secret-plan.ts:1:2')).at).toBeNull();
  });
});

/** Reading them throws. */
const unreadable = (property: 'name' | 'stack') =>
  Object.defineProperty(new Error('x'), property, {
    get() {
      throw new Error('hostile');
    },
  });

test.each([
  ['whose name cannot be read', unreadable('name'), 'unreadable'],
  ['whose stack cannot be read', unreadable('stack'), 'unreadable'],
  ['that is a revoked proxy', revoked(), 'unreadable'],
  ['whose stack is no text', Object.assign(new Error('x'), { stack: Object.create(null) }), 'unreadable'],
  ['that is a number', 7, 'number'],
])('nothing is thrown for an error %s', (_what, thrown, error) => {
  expect(errorFacts(thrown)).toEqual({ error, at: null });
});

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
