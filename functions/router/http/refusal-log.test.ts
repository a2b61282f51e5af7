import { beforeEach, expect, test } from '@jest/globals';
import type { LogFields } from '../../platform/log.ts';
import type { Call } from './call.ts';
import { createRefusalLog, LINES_IN_ALL, LINES_PER_ADDRESS, PATH_CHARACTERS, WINDOW_MS } from './refusal-log.ts';

let lines: { message: string; fields: LogFields }[];
let monotonic: number;
let logRefusal: ReturnType<typeof createRefusalLog>;

beforeEach(() => {
  lines = [];
  monotonic = 0;
  const info = (message: string, fields: LogFields = {}) => lines.push({ message, fields });
  logRefusal = createRefusalLog({ info, warn: info, error: info }, { monotonic: () => monotonic });
});

function refuse(times: number, { address = '10.0.0.1', known = false, path = '/x' }: Asked = {}): void {
  const call = { requestId: 'req_1', path, known, address };
  for (let time = 0; time < times; time++) logRefusal(call as unknown as Call, 'info', 'refused', { code: 'x' });
}
interface Asked {
  address?: string;
  known?: boolean;
  path?: string;
}

test('of an address without a key a few are logged, and how many were not', () => {
  refuse(LINES_PER_ADDRESS + 30);
  expect(lines).toHaveLength(LINES_PER_ADDRESS);
  refuse(1, { address: '10.0.0.2' });
  expect(lines).toHaveLength(LINES_PER_ADDRESS + 1);
  monotonic += WINDOW_MS;
  refuse(1);
  expect(lines.slice(-2)).toEqual([
    { message: 'refusals were not logged', fields: { code: 'refusals_unlogged', refusals: 30, addresses: 2 } },
    { message: 'refused', fields: { request_id: 'req_1', path: '/x', code: 'x' } },
  ]);
});

test('many addresses fill no log either', () => {
  for (let n = 0; n < LINES_IN_ALL * 2; n++) refuse(1, { address: `10.0.${n}.1` });
  expect(lines).toHaveLength(LINES_IN_ALL);
});

test('with a valid key every one is logged, whatever others do', () => {
  for (let n = 0; n < LINES_IN_ALL; n++) refuse(1, { address: `10.0.${n}.1` });
  refuse(LINES_PER_ADDRESS * 10, { known: true });
  expect(lines).toHaveLength(LINES_IN_ALL + LINES_PER_ADDRESS * 10);
});

test('a path is cut', () => {
  refuse(1, { path: `/${'a'.repeat(100_000)}` });
  expect(String(lines[0]?.fields.path)).toHaveLength(PATH_CHARACTERS);
});
