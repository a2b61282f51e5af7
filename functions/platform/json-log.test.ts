import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { createLog, type JsonLogOptions } from './json-log.ts';

const clock = { now: () => Date.UTC(2026, 7, 1, 12, 30, 15, 250), monotonic: () => 0 };

function logged(
  write: (log: ReturnType<typeof createLog>) => void,
  level: JsonLogOptions['level'] = 'info',
): unknown[] {
  const lines: string[] = [];
  write(createLog({ level, service: 'router', clock, stream: { write: (line) => lines.push(line) } }));
  return lines.map((line) => JSON.parse(line) as unknown);
}

describe('a line', () => {
  test('has the shape that Cloud Logging reads, and nothing else', () => {
    expect(
      logged((log) => log.info('request done', { request_id: 'req_1', tokens: 3, cached: true, key: null })),
    ).toEqual([
      {
        severity: 'INFO',
        time: '2026-08-01T12:30:15.250Z',
        service: 'router',
        message: 'request done',
        request_id: 'req_1',
        tokens: 3,
        cached: true,
        key: null,
      },
    ]);
  });

  test('needs no fields, and leaves out those without a value', () => {
    expect(logged((log) => [log.warn('odd'), log.error('bad', { code: undefined })])).toEqual([
      { severity: 'WARNING', time: expect.any(String), service: 'router', message: 'odd' },
      { severity: 'ERROR', time: expect.any(String), service: 'router', message: 'bad' },
    ]);
  });

  test('fails nothing where its fields cannot be written', () => {
    const fields = { count: 1n } as unknown as Record<string, number>;
    expect(logged((log) => log.info('odd', fields))).toMatchObject([{ severity: 'INFO', message: 'odd' }]);
  });

  test('does not read a percent sign in a message as a placeholder', () => {
    expect(logged((log) => log.info('100 %s', { n: 1 }))).toMatchObject([{ message: '100 %s', n: 1 }]);
  });

  test('below the level is not written', () => {
    expect(logged((log) => [log.info('a'), log.warn('b'), log.error('c')], 'error')).toMatchObject([{ message: 'c' }]);
    expect(logged((log) => log.error('c'), 'silent')).toEqual([]);
  });
});

test.each(['process.exit(0)', 'throw new Error("crash")', ''])(
  'nothing is lost when the process ends by "%s"',
  async (end) => {
    const script = `
    import { createLog } from ${JSON.stringify(new URL('./json-log.ts', import.meta.url).href)};
    const log = createLog({ level: 'info', service: 'test' });
    for (let n = 0; n < 2000; n += 1) log.info('line', { n });
    ${end}`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(2_000);
    expect(JSON.parse(lines[1_999] ?? '')).toMatchObject({ n: 1_999 });
  },
);
