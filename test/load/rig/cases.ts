import type { Script } from './load-upstream.ts';
import { LARGE_INPUT_BYTES, SMALL_INPUT_BYTES } from './requests.ts';
import { CHAT_MODEL, MESSAGES_MODEL, type VariantName } from './variants.ts';

/** One kind of load. */
export interface Case {
  name: string;
  title: string;
  stream: boolean;
  model: string;
  inputBytes: number;
  /** Clients at once; null: an open loop, `perSecond` requests a second. */
  connections: number | null;
  perSecond: number;
  script: Script;
  variants: readonly VariantName[];
  measureMs: number;
  /** Whether a goal is about it: `--quick` measures it too. */
  quick: boolean;
}

/** Requests a second at low load. */
export const LOW_LOAD = 20;
/** As many as leave a gateway time, and keep its code in the processor's caches. */
const STEADY_LOAD = 200;
/** Writes of a stream. */
const CHUNKS = 60;
/** Pause between the writes of a paced stream. Milliseconds. */
const PACE_MS = 10;
const SATURATED_MS = 1_800;
/** Streams that last for more than half a second need longer. */
const PACED_MS = 3_500;
/** 300 requests in three rounds, for a 99th percentile. */
const LOW_LOAD_MS = 5_000;
/** Of each request's body, in bytes. */
const BODY_BYTES = 100_000;
const proxies: readonly VariantName[] = ['bare', 'portkey', 'mesh'];
/** One core of LiteLLM takes a hundred requests a second: it is asked for little. */
const all: readonly VariantName[] = ['bare', 'portkey', 'litellm', 'mesh', 'mesh-h2c'];
const firestores: readonly VariantName[] = ['mesh-firestore', 'mesh-firestore-15ms'];

const usual: Omit<Case, 'name' | 'title'> = {
  stream: false,
  model: CHAT_MODEL,
  inputBytes: SMALL_INPUT_BYTES,
  connections: 16,
  perSecond: LOW_LOAD,
  script: { chunks: CHUNKS, everyMs: 0 },
  variants: proxies,
  measureMs: SATURATED_MS,
  quick: false,
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
const atRate = (perSecond: number): Partial<Case> => ({
  connections: null,
  perSecond,
  variants: ['direct', ...all],
  measureMs: LOW_LOAD_MS,
});
const stored = (connections: number): Case => ({
  ...whole(connections),
  name: `store-${connections}`,
  title: `on Firestore: ${whole(connections).title}`,
  variants: firestores,
  quick: true,
});
const storedAt = (perSecond: number): Case => ({
  ...usual,
  ...atRate(perSecond),
  name: `store-low-${perSecond}`,
  title: `on Firestore: whole replies, ${perSecond}/s`,
  variants: firestores,
  quick: true,
});

export const cases: readonly Case[] = [
  { ...whole(1), quick: true },
  { ...whole(16), variants: all, quick: true },
  whole(64),
  { ...whole(256), quick: true },
  {
    ...usual,
    name: 'stream',
    title: `streams of ${CHUNKS} chunks, 16 connections`,
    stream: true,
    variants: all,
    quick: true,
  },
  { ...paced(200), quick: true },
  paced(1_000),
  { ...usual, name: 'body', title: 'a request of 100 KB, 16 connections', inputBytes: BODY_BYTES, quick: true },
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
  { ...usual, ...atRate(LOW_LOAD), name: 'low', title: `whole replies, ${LOW_LOAD}/s` },
  {
    ...usual,
    ...atRate(STEADY_LOAD),
    name: 'steady',
    title: `whole replies, ${STEADY_LOAD}/s`,
    variants: ['direct', ...proxies],
    quick: true,
  },
  {
    ...usual,
    ...atRate(LOW_LOAD),
    name: 'low-stream',
    title: `streams of ${CHUNKS} chunks, ${LOW_LOAD}/s`,
    // A stream takes LiteLLM longer than a twentieth of a second.
    variants: ['direct', ...all.filter((name) => name !== 'litellm')],
    stream: true,
    quick: true,
  },
  ...[5, 50].map(storedAt),
  ...[1, 16, 64].map(stored),
  {
    ...storedAt(LOW_LOAD),
    name: 'store-stream',
    title: `on Firestore: streams of ${CHUNKS} chunks, ${LOW_LOAD}/s`,
    stream: true,
  },
];
