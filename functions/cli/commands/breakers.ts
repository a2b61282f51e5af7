import type { Command } from 'commander';
import { callRouter } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addDefault, addExamples } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showTable } from '../terminal/show-table.ts';

interface Breaker {
  endpoint: string;
  state: string;
  reason: string | null;
  until: string | null;
}

export function register(command: Command, context: Context): void {
  addDefault(command, 'list')
    .description('those that have ever opened')
    .action(async (_: unknown, self: Command) => {
      const options = self.optsWithGlobals<CommonOptions>();
      const call = { path: '/v1/breakers', as: 'admin' } as const;
      const breakers: Breaker[] = await callRouter(context, connect(context, options), call);
      showResult(context, options, breakers, () => {
        if (breakers.length === 0) context.write('No breaker has ever opened.\n');
        else showTable(context, columns, breakers);
      });
    });
  command
    .command('reset')
    .description('close a breaker on all instances')
    .argument('<endpoint>', 'as the list names it')
    .action(async (endpoint: string, _: unknown, self: Command) => {
      const options = self.optsWithGlobals<CommonOptions>();
      const path = `/v1/breakers/${endpoint.split('/').map(encodeURIComponent).join('/')}/reset`;
      await callRouter(context, connect(context, options), { method: 'POST', path, as: 'admin' });
      showResult(context, options, { endpoint, state: 'closed' }, () => context.write(`${endpoint} is closed\n`));
    });
  addExamples(command, [
    ['mesh breakers', 'which endpoints are out of use, and why'],
    ['mesh breakers reset openai/gpt-5-mini@openai', 'try it again now'],
  ]);
}

/** `HH:MM:SS` within a moment, UTC. */
const TIME_OF_DAY = [11, 19] as const;

const columns: readonly Column<Breaker>[] = [
  { title: 'Endpoint', of: ({ endpoint }) => endpoint, whole: true },
  { title: 'State', of: ({ state }) => state },
  // A breaker is open for minutes, and a name and all moments in full are more than a line.
  { title: 'Until', of: ({ until }) => until?.slice(...TIME_OF_DAY), whole: true },
  { title: 'Reason', of: ({ reason }) => reason },
];
