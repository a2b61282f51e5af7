import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { anthropicSurface } from '../../formats/messages/surface.ts';
import type { Call } from './call.ts';
import { type EventStream, openEventStream, PING_INTERVAL_MS } from './event-stream.ts';

/** What a client gets. */
class Response extends EventEmitter {
  headersSent = false;
  writableEnded = false;
  writableFinished = false;
  writable = true;
  destroyed = false;
  writableLength = 0;
  readonly got: string[] = [];

  writeHead(status: number): void {
    this.headersSent = true;
    this.got.push(String(status));
  }

  write(text: string): boolean {
    this.got.push(text);
    return true;
  }

  end(): void {
    this.writableEnded = true;
  }
}

const PING = 'event: ping\ndata: {"type":"ping"}\n\n';
let response: Response;
let stream: EventStream;

beforeEach(() => {
  jest.useFakeTimers();
  response = new Response();
  const gone = new AbortController().signal;
  const call = { res: response, gone, surface: anthropicSurface, label: null, requestId: 'req_1', told: null };
  stream = openEventStream(call as unknown as Call, 'text/event-stream', () => ({}));
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a stream that says nothing', () => {
  test('pings in the manners of its path, and begins with that', () => {
    jest.advanceTimersByTime(PING_INTERVAL_MS - 1);
    expect(response.got).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(response.got).toEqual(['200', PING]);
    jest.advanceTimersByTime(PING_INTERVAL_MS);
    expect(response.got).toEqual(['200', PING, PING]);
  });

  test('is silent from its last word on', () => {
    jest.advanceTimersByTime(PING_INTERVAL_MS - 1);
    stream.write('word');
    jest.advanceTimersByTime(PING_INTERVAL_MS - 1);
    expect(response.got).toEqual(['200', 'word']);
    jest.advanceTimersByTime(1);
    expect(response.got).toEqual(['200', 'word', PING]);
  });

  test('pings nobody who does not read', () => {
    response.writableLength = 1;
    jest.advanceTimersByTime(3 * PING_INTERVAL_MS);
    expect(response.got).toEqual([]);
  });

  test('pings nobody after its end', () => {
    stream.end('last');
    jest.advanceTimersByTime(3 * PING_INTERVAL_MS);
    expect(response.got).toEqual(['200', 'last']);
  });

  test('pings nobody who has left', () => {
    response.emit('close');
    jest.advanceTimersByTime(3 * PING_INTERVAL_MS);
    expect(response.got).toEqual([]);
  });
});
