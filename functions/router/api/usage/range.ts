import { z } from 'zod';
import { MeshError } from '../../../core/errors.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** The longest time that one question may be about. */
export const MAX_RANGE_DAYS = 400;
/** What is asked about where nothing is said. */
const DEFAULT_RANGE_DAYS = 30;

/** A day (`2026-11-23`, UTC) or a time with its zone. */
const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

export const rangeFields = { start: moment.optional(), end: moment.optional() };

export interface Range {
  start: Date;
  /** Exclusive; an end that is a day includes that day. */
  end: Date;
}

/**
 * The time that a question is about, up to `now` (Unix milliseconds) where no end is named. Throws `invalid_request_error` where
 * it ends before it starts, or is too long.
 */
export function toRange({ start, end }: { start?: string | undefined; end?: string | undefined }, now: number): Range {
  const to = end === undefined ? now + 1 : Date.parse(end) + (isDay(end) ? DAY_MS : 0);
  const from = start === undefined ? to - DEFAULT_RANGE_DAYS * DAY_MS : Date.parse(start);
  if (from >= to) {
    throw new MeshError('invalid_request_error', { param: 'start', message: 'start must be before end.' });
  }
  if (to - from > MAX_RANGE_DAYS * DAY_MS) {
    const message = `At most ${MAX_RANGE_DAYS} days can be asked about at once.`;
    throw new MeshError('invalid_request_error', { param: 'start', message });
  }
  return { start: new Date(from), end: new Date(to) };
}

/** The whole hours or days that a range touches: what is added up by them cannot be cut any finer. */
export function widen({ start, end }: Range, step: typeof HOUR_MS | typeof DAY_MS): Range {
  return {
    start: new Date(Math.floor(start.getTime() / step) * step),
    end: new Date(Math.ceil(end.getTime() / step) * step),
  };
}

function isDay(text: string): boolean {
  return text.length === '2026-11-23'.length;
}
