import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { KEY_BYTES, makeKey } from '../../core/keys.ts';
import type { Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';

/** The key alone is printed, so that it can go to a secret store without anybody seeing it. */
export function register(command: Command, context: Context): void {
  command.action(() => context.write(`${makeKey('mak', randomBytes(KEY_BYTES))}\n`));
  addExamples(command, [
    ['mesh admin-key > admin.key', 'for MESH_ADMIN_KEY of a router that is no demo'],
    ['mesh admin-key | gcloud secrets versions add mesh-admin-key --data-file=-', 'into Secret Manager'],
  ]);
}
