import { existsSync } from 'node:fs';
import { nearestName } from '../formats/shared/nearest-name.ts';
import { runRouter } from './run-router.ts';
import { readConfig } from './start/config.ts';
import { openDocuments } from './start/open-platform.ts';
import { reportLedger } from './start/report-ledger.ts';

const CHECK_LEDGER = 'check-ledger';
/** So many slips away a word may be and still be meant. */
const MOST_SLIPS = 4;

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const [command, ...more] = process.argv.slice(2);
  const unknown = command === CHECK_LEDGER ? more[0] : command;
  if (unknown !== undefined) throw new Error(refuse(unknown));
  if (command === CHECK_LEDGER) return checkLedger();
  const isTerminal = process.stdout.isTTY === true;
  await runRouter({ env: process.env, isTerminal, print: (text) => console.log(text) });
}

async function checkLedger(): Promise<void> {
  const documents = await openDocuments(readConfig(process.env), { mustExist: true });
  const isRight = await reportLedger(documents, console.log);
  await documents.close();
  process.exitCode = isRight ? 0 : 1;
}

function refuse(argument: string): string {
  const meant = nearestName(argument, [CHECK_LEDGER], MOST_SLIPS);
  const hint = meant === null ? `it takes ${CHECK_LEDGER} or nothing` : `did you mean ${meant}?`;
  return `There is no argument ${JSON.stringify(argument)}; ${hint}`;
}

main().catch((error) => {
  console.error(`Mesh Router cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
