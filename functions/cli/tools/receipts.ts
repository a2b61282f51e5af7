import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { configFolder, readIfThere, writePrivate } from '../client/settings-file.ts';
import { CliError } from '../terminal/cli-error.ts';
import type { FileReceipt } from './change-file.ts';
import type { User } from './tool.ts';

/** What `mesh configure` has done for one tool. It holds what the files held, so it is for its user alone. */
export interface Receipt {
  tool: string;
  files: FileReceipt[];
}

function pathOf(user: User, tool: string): string {
  return join(configFolder(user), 'receipts', `${tool}.json`);
}

/** Null where the tool is not configured. Throws `CliError` for one that cannot be read. */
export function readReceipt(user: User, tool: string): Receipt | null {
  const path = pathOf(user, tool);
  const text = readIfThere(path);
  try {
    return text === null ? null : (JSON.parse(text) as Receipt);
  } catch {
    throw new CliError(`${path} is damaged; what was configured has to be undone by hand.`);
  }
}

export function keepReceipt(user: User, receipt: Receipt): void {
  writePrivate(pathOf(user, receipt.tool), `${JSON.stringify(receipt, null, 2)}\n`);
}

export function forgetReceipt(user: User, tool: string): void {
  rmSync(pathOf(user, tool), { force: true });
}
