import type { Command } from 'commander';
import type { Context } from './terminal/context.ts';

/** Adds arguments, options, examples and the act to a command that is named already. */
export type Register = (command: Command, context: Context) => void;

export interface CommandEntry {
  name: string;
  summary: string;
  group: string;
  /** The file is read only where the command is asked for: a start is to take no time. */
  load(): Promise<{ register: Register }>;
}

const RUN = 'Run a router:';
const USE = 'Use it:';
const LOOK = 'See what happened:';
const ADMINISTER = 'Administer, with the admin key:';
const SHELL = 'Shell:';

export const commandTable: readonly CommandEntry[] = [
  { name: 'serve', summary: 'run a router on this machine', group: RUN, load: () => import('./commands/serve.ts') },
  {
    name: 'check-ledger',
    summary: 'add up everybody’s books',
    group: RUN,
    load: () => import('./commands/check-ledger.ts'),
  },
  {
    name: 'catalogue',
    summary: 'check and change the catalogue',
    group: RUN,
    load: () => import('./commands/catalogue.ts'),
  },
  {
    name: 'replay-events',
    summary: 'send events of charges again',
    group: RUN,
    load: () => import('./commands/replay-events.ts'),
  },
  { name: 'admin-key', summary: 'mint an admin key', group: RUN, load: () => import('./commands/admin-key.ts') },
  { name: 'login', summary: 'keep a router’s URL and key', group: USE, load: () => import('./commands/login.ts') },
  {
    name: 'launch',
    summary: 'start a coding tool through the router',
    group: USE,
    load: () => import('./commands/launch.ts'),
  },
  {
    name: 'configure',
    summary: 'write a tool’s own settings',
    group: USE,
    load: () => import('./commands/configure.ts'),
  },
  {
    name: 'unconfigure',
    summary: 'take back what configure wrote',
    group: USE,
    load: () => import('./commands/unconfigure.ts'),
  },
  { name: 'chat', summary: 'ask a model', group: USE, load: () => import('./commands/chat.ts') },
  { name: 'models', summary: 'list the models', group: USE, load: () => import('./commands/models.ts') },
  { name: 'templates', summary: 'prompts by name', group: USE, load: () => import('./commands/templates.ts') },
  {
    name: 'provider-keys',
    summary: 'keys of your own for providers',
    group: USE,
    load: () => import('./commands/provider-keys.ts'),
  },
  { name: 'doctor', summary: 'find out what is wrong', group: USE, load: () => import('./commands/doctor.ts') },
  {
    name: 'statusline',
    summary: 'a line for Claude Code’s status line',
    group: USE,
    load: () => import('./commands/statusline.ts'),
  },
  { name: 'usage', summary: 'what was used, added up', group: LOOK, load: () => import('./commands/usage.ts') },
  {
    name: 'statement',
    summary: 'what became of the money in a month',
    group: LOOK,
    load: () => import('./commands/statement.ts'),
  },
  { name: 'tail', summary: 'requests as they end', group: LOOK, load: () => import('./commands/tail.ts') },
  { name: 'requests', summary: 'one request in full', group: LOOK, load: () => import('./commands/requests.ts') },
  { name: 'owners', summary: 'who has a balance', group: ADMINISTER, load: () => import('./commands/owners.ts') },
  { name: 'keys', summary: 'inference keys', group: ADMINISTER, load: () => import('./commands/keys.ts') },
  {
    name: 'admin-keys',
    summary: 'admin keys with scopes',
    group: ADMINISTER,
    load: () => import('./commands/admin-keys.ts'),
  },
  { name: 'topup', summary: 'add money to a balance', group: ADMINISTER, load: () => import('./commands/topup.ts') },
  { name: 'refund', summary: 'give a charge back', group: ADMINISTER, load: () => import('./commands/refund.ts') },
  { name: 'adjust', summary: 'correct a balance', group: ADMINISTER, load: () => import('./commands/adjust.ts') },
  { name: 'rates', summary: 'rupees per dollar', group: ADMINISTER, load: () => import('./commands/rates.ts') },
  {
    name: 'breakers',
    summary: 'circuit breakers of endpoints',
    group: ADMINISTER,
    load: () => import('./commands/breakers.ts'),
  },
  { name: 'alerts', summary: 'what was raised', group: ADMINISTER, load: () => import('./commands/alerts.ts') },
  {
    name: 'channels',
    summary: 'where alerts are told',
    group: ADMINISTER,
    load: () => import('./commands/channels.ts'),
  },
  { name: 'audit', summary: 'who did what', group: ADMINISTER, load: () => import('./commands/audit.ts') },
  {
    name: 'doubts',
    summary: 'endpoints that are not believed',
    group: ADMINISTER,
    load: () => import('./commands/doubts.ts'),
  },
  {
    name: 'completions',
    summary: 'completions for bash, zsh or fish',
    group: SHELL,
    load: () => import('./commands/completions.ts'),
  },
];
