import { EventEmitter } from 'node:events';
import { mkdtemp, readFile, rm, watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { runCommand } from './run-command.ts';

const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args];

test.each([0, 1, 7])('exit code %d is passed on', async (code) =>
  expect(await runCommand(node(`process.exit(${code})`), process.env)).toBe(code),
);

test('a command that a signal ended has the exit code of a shell, never 0', async () =>
  expect(await runCommand(node('process.kill(process.pid, "SIGTERM")'), process.env)).toBe(143));

test('a command that is not there ends like in a shell', async () => {
  const silent = jest.spyOn(console, 'error').mockImplementation(() => {});
  expect(await runCommand(['no-such-command-anywhere'], process.env)).toBe(127);
  silent.mockRestore();
});

test('the command sees the environment it is given', async () =>
  expect(await runCommand(node('process.exit(Number(process.env.CODE))'), { ...process.env, CODE: '5' })).toBe(5));

describe('a signal', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-command-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s goes to the command, whose own end decides', async (signal) => {
    const signals = new EventEmitter();
    const ready = untilWritten(folder, 'ready');
    const file = join(folder, 'ready');
    const script = `process.on('${signal}', () => process.exit(4)); setInterval(() => {}, 1000);
      require('fs').writeFileSync(${JSON.stringify(file)}, 'x')`;
    const code = runCommand(node(script), process.env, signals);
    await ready;
    signals.emit(signal, signal);
    expect(await code).toBe(4);
    expect(signals.listenerCount(signal)).toBe(0);
  });
});

async function untilWritten(folder: string, name: string): Promise<void> {
  for await (const { filename } of watch(folder)) {
    if (filename === name && (await readFile(join(folder, name), 'utf8').catch(() => '')) !== '') return;
  }
}
