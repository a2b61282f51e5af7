/**
 * The tokens of one answer, in one convention for all providers: `input` and `output` are totals, and every other
 * field is a part of one of them, never added on top. OpenAI reports totals like this; Anthropic's `input_tokens` and
 * Bedrock's `inputTokens` leave cached tokens out, and Gemini's `candidatesTokenCount` leaves thoughts out, so their
 * formats add them. All fields are non-negative integers.
 */
export interface Usage {
  /** All input tokens. Contains `cacheRead`, `cacheWrite`, `cacheWrite1h` and `inputAudio`. */
  input: number;
  /** Input tokens read from the provider's prompt cache. */
  cacheRead: number;
  /** Input tokens written to the provider's prompt cache for its default time. */
  cacheWrite: number;
  /** Input tokens written to the provider's prompt cache for an hour. */
  cacheWrite1h: number;
  inputAudio: number;
  /** All output tokens. Contains `reasoning`. */
  output: number;
  /** Output tokens spent on reasoning, visible or not. */
  reasoning: number;
}

export const noUsage: Usage = {
  input: 0,
  cacheRead: 0,
  cacheWrite: 0,
  cacheWrite1h: 0,
  inputAudio: 0,
  output: 0,
  reasoning: 0,
};

/** What a reported total has more than its parts, which is billed. Nothing where no part was counted: then there is no report. */
export function beyondParts(total: unknown, parts: number): number {
  return parts === 0 ? 0 : Math.max(0, toTokens(total) - parts);
}

/** What two answers cost together. */
export function addUsage(a: Usage, b: Usage): Usage {
  return combine(a, b, (one, other) => one + other);
}

/**
 * What a provider has reported of one answer so far. Reports in a stream are cumulative, so a later one replaces an earlier one;
 * but what was counted once was used, and a zero after it is no count. Where that leaves a part of an earlier, larger total, it
 * is no more than the later total.
 */
export function laterReport(earlier: Usage | null, later: Usage): Usage {
  return earlier === null ? later : withinTotals(combine(earlier, later, (before, after) => after || before));
}

function combine(a: Usage, b: Usage, count: (a: number, b: number) => number): Usage {
  const counters = Object.keys(noUsage) as (keyof Usage)[];
  return Object.fromEntries(counters.map((name) => [name, count(a[name], b[name])])) as unknown as Usage;
}

/** A provider's counter as a non-negative integer; anything else it may send counts as zero. */
export function toTokens(count: unknown): number {
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/**
 * A report as it counts: null where it counts nothing, since no answer takes neither input nor output. Zeros are what a provider
 * says that did not count, and all that is no number of tokens (a string, null, a fraction) counts as zero.
 */
export function toReport(counts: Usage): Usage | null {
  return counts.input === 0 && counts.output === 0 ? null : withinTotals(counts);
}

/** The same totals, and of each no more parts than it has; what is cheapest to its owner is a part first. */
export function withinTotals(usage: Usage): Usage {
  const cacheRead = Math.min(usage.cacheRead, usage.input);
  const cacheWrite = Math.min(usage.cacheWrite, usage.input - cacheRead);
  const cacheWrite1h = Math.min(usage.cacheWrite1h, usage.input - cacheRead - cacheWrite);
  return {
    ...usage,
    cacheRead,
    cacheWrite,
    cacheWrite1h,
    inputAudio: Math.min(usage.inputAudio, usage.input - cacheRead - cacheWrite - cacheWrite1h),
    reasoning: Math.min(usage.reasoning, usage.output),
  };
}
