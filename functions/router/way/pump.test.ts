import { describe, expect, test } from '@jest/globals';
import { MeshError } from '../../core/errors.ts';
import { noUsage } from '../../core/money/usage.ts';
import type { Decoder, Facts, Piece } from '../../formats/shared/facts.ts';
import type { UpstreamReply } from '../../platform/upstream/upstream.ts';
import { Tally } from './delivery.ts';
import { CLOSING_WAIT_MS, Pump, type PumpOptions, REPORTED_WAIT_MS } from './pump.ts';

const nothing: Facts = { texts: [], marks: 0, usage: null, token: false, finished: false, last: false, held: false };
const piece = (frame: string | null, facts: Partial<Facts> = {}): Piece<string> => ({
  frame,
  facts: { ...nothing, texts: frame === null ? [] : [frame], ...facts },
});

/** A stream whose reads each bring the pieces of one list, and a decoder that hands them on. */
function streamOf(...reads: Piece<string>[][]) {
  const waiting = [...reads];
  let readsMade = 0;
  const decoder: Decoder<string> = { push: ([at = 0]) => reads[at] ?? [], end: () => [piece('end')] };
  const reply = {
    async read() {
      readsMade++;
      return waiting.shift() === undefined ? null : Uint8Array.of(reads.length - waiting.length - 1);
    },
  } as unknown as UpstreamReply;
  return { stream: { reply, decoder, first: [piece('first')] }, readsMade: () => readsMade };
}

function pumpOf(options: Partial<PumpOptions<string>> = {}) {
  const written: string[] = [];
  const tally = new Tally();
  const pump = new Pump<string>({
    out: {
      write: (text) => {
        if (text !== '') written.push(text);
        return undefined;
      },
    },
    encode: (frames) => frames.join('+'),
    tally,
    meter: null,
    monotonic: () => 0,
    progressMs: 1_000,
    ...options,
  });
  return { pump, written, tally };
}

describe('a pump', () => {
  test('makes one write of each read, what came first and what the end still held among them', async () => {
    const { pump, written } = pumpOf();
    expect(await pump.run(streamOf([piece('a'), piece('b')], [], [piece('c')]).stream)).toBe(true);
    expect(written).toEqual(['first', 'a+b', 'c', 'end']);
  });

  test('keeps a piece that waits for the charge, and all that follow it', async () => {
    const { pump, written } = pumpOf();
    await pump.run(streamOf([piece('a'), piece('b', { held: true }), piece('c')], [piece('d')]).stream);
    expect(written).toEqual(['first', 'a']);
    expect(pump.held).toEqual(['b', 'c', 'd', 'end']);
  });

  test('reads no further than the last piece, whatever the connection does', async () => {
    const { pump, written } = pumpOf();
    const { stream, readsMade } = streamOf([piece('a'), piece(null, { last: true })], [piece('never')]);
    expect(await pump.run(stream)).toBe(true);
    expect(written).toEqual(['first', 'a', 'end']);
    expect(readsMade()).toBe(1);
  });

  test('waits for the end of a connection that has nothing more to say for two seconds, and no longer', async () => {
    let now = 0;
    const { pump, written } = pumpOf({ monotonic: () => now, progressMs: 10_000 });
    const closing = piece(null, { closing: true });
    const { stream } = streamOf([piece('a'), closing], [closing]);
    const read = stream.reply.read.bind(stream.reply);
    const patience: (number | undefined)[] = [];
    stream.reply.read = async (patienceMs?: number) => {
      patience.push(patienceMs);
      if (patience.length === 1) return read();
      now += patienceMs ?? 60_000;
      if (patience.length === 2) {
        now -= 500;
        return read();
      }
      throw new MeshError('gateway_timeout');
    };
    expect(await pump.run(stream)).toBe(true);
    expect(patience).toEqual([undefined, CLOSING_WAIT_MS, 500]);
    expect(written).toEqual(['first', 'a', 'end']);
  });

  test('waits for usage while its client waits for the bill, two seconds from the finish, and hardly longer than usage takes', async () => {
    let now = 0;
    const { pump } = pumpOf({ monotonic: () => now, progressMs: 10_000 });
    const report = { usage: { ...noUsage, output: 5 } };
    const { stream } = streamOf(
      [piece('a', report), piece('b', { held: true })],
      [piece(null, report)],
      [piece('c', report)],
    );
    const read = stream.reply.read.bind(stream.reply);
    const patience: (number | undefined)[] = [];
    stream.reply.read = async (patienceMs?: number) => {
      patience.push(patienceMs);
      if (patience.length === 4) throw new MeshError('gateway_timeout');
      if (patience.length > 1) now += 100;
      return read();
    };
    expect(await pump.run(stream)).toBe(true);
    expect(patience).toEqual([undefined, CLOSING_WAIT_MS, REPORTED_WAIT_MS, REPORTED_WAIT_MS - 100]);
    expect(pump.held).toEqual(['b', 'c', 'end']);
  });

  test('counts what no client sees', async () => {
    const { pump, tally } = pumpOf();
    await pump.run(streamOf([piece(null, { finished: true })]).stream);
    expect(tally.finished).toBe(true);
  });

  test('passes as much of a read as is paid for, piece by piece, and stops there', async () => {
    const paid = ['first', 'a', 'b'];
    const meter: PumpOptions<string>['meter'] = {
      cover: async (pieces) => pieces.every(({ facts }) => facts.texts.every((text) => paid.includes(text))),
    };
    const { pump, written, tally } = pumpOf({ meter });
    expect(await pump.run(streamOf([piece('a'), piece('b'), piece('c')], [piece('d')]).stream)).toBe(false);
    expect(written).toEqual(['first', 'a', 'b']);
    const uncut = new Tally();
    for (const text of paid) uncut.add(piece(text).facts);
    expect(tally.deliveredTokens).toBe(uncut.deliveredTokens);
  });

  test('gives up a stream that says nothing for too long, however many bytes come', async () => {
    let now = 0;
    const { pump } = pumpOf({ monotonic: () => now });
    const { stream } = streamOf([], [], []);
    const read = stream.reply.read.bind(stream.reply);
    stream.reply.read = () => {
      now += 600;
      return read();
    };
    await expect(pump.run(stream)).rejects.toMatchObject({ code: 'gateway_timeout', providerCode: 'progress_timeout' });
    expect(now).toBe(1_200);
  });

  test('measures how long its client made it wait', async () => {
    let now = 0;
    const out = {
      write: async (text: string) => {
        if (text === 'a') now += 70;
      },
    };
    const { pump } = pumpOf({ out, monotonic: () => now });
    await pump.run(streamOf([piece('a')], [piece('b')]).stream);
    expect(pump.clientMs).toBe(70);
  });
});
