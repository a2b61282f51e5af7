import type { Script } from './load-upstream.ts';
import { LARGE_INPUT_BYTES, SMALL_INPUT_BYTES } from './requests.ts';
import { CHAT_MODEL, MESSAGES_MODEL, type VariantName, variantNames } from './variants.ts';

/** One kind of load. */
export interface Case {
  name: string;
  title: string;
  stream: boolean;
  model: string;
  inputBytes: number;
  /** Clients at once; null: an open loop, `LOW_LOAD` requests a second. */
  connections: number | null;
  script: Script;
  variants: readonly VariantName[];
  measureMs: number;
}

/** Requests a second at low load. */
export const LOW_LOAD = 20;
/** Writes of a stream. */
const CHUNKS = 60;
/** Pause between the writes of a paced stream. Milliseconds. */
const PACE_MS = 10;
const SATURATED_MS = 1_800;
/** Streams that last for more than half a second need longer. */
const PACED_MS = 3_500;
/** 300 requests in three rounds, for a 99th percentile. */
const LOW_LOAD_MS = 5_000;

const usual: Omit<Case, 'name' | 'title'> = {
  stream: false,
  model: CHAT_MODEL,
  inputBytes: SMALL_INPUT_BYTES,
  connections: 16,
  script: { chunks: CHUNKS, everyMs: 0 },
  variants: variantNames,
  measureMs: SATURATED_MS,
};
const whole = (connections: number): Case => ({
  ...usual,
  name: `whole-${connections}`,
  title: `whole replies, ${connections} ${connections === 1 ? 'connection' : 'connections'}`,
  connections,
});
const paced = (connections: number): Case => ({
  ...usual,
  name: `paced-${connections}`,
  title: `${connections.toLocaleString('en')} streams at once, ${PACE_MS} ms between chunks`,
  stream: true,
  connections,
  script: { chunks: CHUNKS, everyMs: PACE_MS },
  measureMs: PACED_MS,
});
const lowLoad: Partial<Case> = { connections: null, variants: ['direct', ...variantNames], measureMs: LOW_LOAD_MS };

export const cases: readonly Case[] = [
  ...[1, 16, 64, 256].map(whole),
  { ...usual, name: 'stream', title: `streams of ${CHUNKS} chunks, 16 connections`, stream: true },
  paced(200),
  paced(1_000),
  { ...usual, name: 'large', title: 'a request of 400 KB, 16 connections', inputBytes: LARGE_INPUT_BYTES },
  {
    ...usual,
    name: 'translate',
    title: 'chat to Anthropic, whole, 16 connections',
    model: MESSAGES_MODEL,
    variants: ['mesh'],
  },
  {
    ...usual,
    name: 'translate-stream',
    title: `chat to Anthropic, streams of ${CHUNKS} chunks, 16 connections`,
    stream: true,
    model: MESSAGES_MODEL,
    variants: ['mesh'],
  },
  {
    ...paced(200),
    name: 'translate-paced',
    title: `chat to Anthropic, 200 streams at once, ${PACE_MS} ms between chunks`,
    model: MESSAGES_MODEL,
    variants: ['mesh'],
  },
  { ...usual, ...lowLoad, name: 'low', title: `whole replies, ${LOW_LOAD}/s` },
  { ...usual, ...lowLoad, name: 'low-stream', title: `streams of ${CHUNKS} chunks, ${LOW_LOAD}/s`, stream: true },
];
