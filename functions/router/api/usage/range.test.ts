import { describe, expect, test } from '@jest/globals';
import { DAY_MS, HOUR_MS, rangeFields, toRange, widen } from './range.ts';

const now = Date.UTC(2026, 10, 23, 12);
const show = (range: { start?: string; end?: string }) => {
  const { start, end } = toRange(range, now);
  return [start.toISOString(), end.toISOString()];
};

describe('the time that a question is about', () => {
  test.each([
    [{}, ['2026-10-24T12:00:00.001Z', '2026-11-23T12:00:00.001Z']],
    [{ start: '2026-11-01' }, ['2026-11-01T00:00:00.000Z', '2026-11-23T12:00:00.001Z']],
    [{ start: '2026-11-01', end: '2026-11-01' }, ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z']],
    [{ end: '2026-02-28' }, ['2026-01-30T00:00:00.000Z', '2026-03-01T00:00:00.000Z']],
    [
      { start: '2026-11-01T00:00:00+05:30', end: '2026-11-01T12:00:00Z' },
      ['2026-10-31T18:30:00.000Z', '2026-11-01T12:00:00.000Z'],
    ],
  ])('of %j', (given, expected) => {
    expect(show(given)).toEqual(expected);
  });

  test.each([
    [{ start: '2026-11-02', end: '2026-11-01' }],
    [{ start: '2026-11-01T12:00:00Z', end: '2026-11-01T12:00:00Z' }],
    [{ start: '2026-11-24' }],
    [{ start: '2025-10-01' }],
    [{ start: '2025-01-01', end: '2026-02-05' }],
  ])('is refused as %j', (given) => {
    expect(() => show(given)).toThrow(expect.objectContaining({ code: 'invalid_request_error', param: 'start' }));
  });

  test('may be 400 days and no more', () => {
    expect(() => show({ start: '2025-01-01', end: '2026-02-04' })).not.toThrow();
  });

  test.each(['2026-02-30', '2026-13-01', '2026-11-01T12:00:00', '1795000000', 'yesterday', '', '+275760-09-13'])(
    '%j is no date',
    (text) => {
      expect(rangeFields.start.safeParse(text).success).toBe(false);
    },
  );
});

test('what is added up by the day or the hour is told with the days or hours that it touches', () => {
  const range = { start: new Date('2026-11-01T10:30:00Z'), end: new Date('2026-11-02T00:00:00.001Z') };
  expect(widen(range, DAY_MS)).toEqual({ start: new Date('2026-11-01'), end: new Date('2026-11-03') });
  expect(widen(range, HOUR_MS)).toEqual({
    start: new Date('2026-11-01T10:00:00Z'),
    end: new Date('2026-11-02T01:00:00Z'),
  });
  const whole = { start: new Date('2026-11-01'), end: new Date('2026-11-02') };
  expect(widen(whole, DAY_MS)).toEqual(whole);
});
