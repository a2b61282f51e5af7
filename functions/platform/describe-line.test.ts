import { describe, expect, test } from '@jest/globals';
import { describeLine } from './describe-line.ts';
import { createLog } from './json-log.ts';

const time = new Date(2026, 10, 28, 20, 1, 5).getTime();
const line = (message: string, fields = {}, level: 'info' | 'warn' | 'error' = 'info') =>
  describeLine({ level, time, message, fields }, false);

const answered = {
  request_id: 'req_1',
  model: 'openai/gpt-5-mini',
  endpoint: 'openai/gpt-5-mini@openai',
  outcome: 'finished',
  input_tokens: 12,
  output_tokens: 7,
  cost_usd: '0.000021',
  total_ms: 812,
  settled: true,
  decision: '{"profile":"balanced"}',
};

describe('a request is one line', () => {
  test('with its time, status, model, endpoint, tokens, cost, duration and id', () => {
    expect(line('answered', answered)).toBe(
      '20:01:05 200 openai/gpt-5-mini             openai/gpt-5-mini@openai  12+7 tokens  $0.000021  812 ms  req_1',
    );
  });

  test('that says how it ended where that was not well, and what is not yet charged', () => {
    const broken = { ...answered, outcome: 'upstream_failed', error: 'upstream_error', settled: false };
    expect(line('answered', broken)).toMatch(/ {2}upstream_failed upstream_error {2}unsettled {2}req_1$/);
  });

  test('that names endpoint and reason where a provider failed', () => {
    const fields = { status: 502, code: 'upstream_error', path: '/v1/chat/completions', provider: 'openai' };
    const refused = { ...fields, model: 'm', endpoint: 'm@openai', provider_code: 'ENOTFOUND', request_id: 'req_2' };
    expect(line('refused', refused, 'error')).toBe(
      '20:01:05 502 upstream_error  /v1/chat/completions  m@openai  ENOTFOUND  req_2',
    );
  });
});

test('anything else is its message and its fields, but for those that are empty', () => {
  expect(line('listening', { port: 8080, region: 'local', trace: null })).toBe(
    '20:01:05 listening port=8080 region=local',
  );
  expect(line('breaker', { endpoint: 'm@p' }, 'warn')).toBe('20:01:05 warn breaker endpoint=m@p');
});

test('a log for people writes such lines, from its level on', () => {
  const lines: string[] = [];
  const stream = { write: (text: string) => void lines.push(text) };
  const clock = { now: () => time, monotonic: () => 0 };
  const log = createLog({ level: 'warn', service: 'router', format: 'text', stream, clock });
  log.info('answered', answered);
  log.warn('slow');
  log.error('gone', { code: 'x' });
  expect(lines).toEqual(['20:01:05 warn slow\n', '20:01:05 error gone code=x\n']);
});
