import { describe, expect, test } from '@jest/globals';
import { encodeTraceparent, parseTraceparent, readTrace } from './trace-context.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

describe('the trace of a request', () => {
  test.each([
    [{ traceparent: `00-${traceId}-${spanId}-01` }, { traceId, spanId, sampled: true }],
    [{ traceparent: `00-${traceId}-${spanId}-00` }, { traceId, spanId, sampled: false }],
    // A later version may say more.
    [{ traceparent: `01-${traceId}-${spanId}-03-more` }, { traceId, spanId, sampled: true }],
    [{ 'x-cloud-trace-context': `${traceId}/67667974448284343;o=1` }, { traceId, spanId, sampled: true }],
    [{ 'x-cloud-trace-context': `${traceId.toUpperCase()}/67667974448284343` }, { traceId, spanId, sampled: false }],
    // The standard one wins.
    [
      { traceparent: `00-${traceId}-${spanId}-01`, 'x-cloud-trace-context': `${traceId}/1;o=0` },
      { traceId, spanId, sampled: true },
    ],
  ])('is read from %j', (headers, trace) => {
    expect(readTrace(headers)).toEqual(trace);
  });

  test.each([
    {},
    { traceparent: '' },
    { traceparent: `00-${'0'.repeat(32)}-${spanId}-01` },
    { traceparent: `00-${traceId}-${'0'.repeat(16)}-01` },
    { traceparent: `ff-${traceId}-${spanId}-01` },
    { traceparent: `00-${traceId}-${spanId}` },
    { traceparent: `00-${traceId.toUpperCase()}-${spanId}-01` },
    { traceparent: [`00-${traceId}-${spanId}-01`] },
    { 'x-cloud-trace-context': `${traceId}/0;o=1` },
    { 'x-cloud-trace-context': `${traceId}/99999999999999999999;o=1` },
    { 'x-cloud-trace-context': traceId },
  ])('is none in %j', (headers) => {
    expect(readTrace(headers)).toBeNull();
  });

  test('goes on as it came', () => {
    for (const sampled of [true, false]) {
      const trace = { traceId, spanId, sampled };
      expect(parseTraceparent(encodeTraceparent(trace))).toEqual(trace);
    }
  });
});
