import type { Command } from 'commander';
import { callRouter } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addDefault, addExamples } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showTable } from '../terminal/show-table.ts';

interface Doubt {
  endpoint: string;
  since: string;
  request_id: string;
}

export function register(command: Command, context: Context): void {
  addDefault(command, 'list')
    .description('endpoints that reported more than can be true')
    .action(async (_: unknown, self: Command) => {
      const options = self.optsWithGlobals<CommonOptions>();
      const doubts: Doubt[] = await callRouter(context, connect(context, options), { path: '/v1/doubts', as: 'admin' });
      showResult(context, options, doubts, () => {
        if (doubts.length === 0) context.write('All endpoints are believed.\n');
        else showTable(context, columns, doubts);
      });
    });
  command
    .command('clear')
    .description('believe an endpoint again, on all instances')
    .argument('<endpoint>', 'as the list names it')
    .action(async (endpoint: string, _: unknown, self: Command) => {
      const options = self.optsWithGlobals<CommonOptions>();
      const path = `/v1/doubts/${endpoint.split('/').map(encodeURIComponent).join('/')}`;
      await callRouter(context, connect(context, options), { method: 'DELETE', path, as: 'admin' });
      showResult(context, options, { endpoint, believed: true }, () => context.write(`${endpoint} is believed\n`));
    });
  addExamples(command, [['mesh doubts', 'whose reports of usage are cut to what can be true']]);
}

const columns: readonly Column<Doubt>[] = [
  { title: 'Endpoint', of: ({ endpoint }) => endpoint, whole: true },
  { title: 'Since', of: ({ since }) => since },
  { title: 'Request', of: ({ request_id }) => request_id },
];
