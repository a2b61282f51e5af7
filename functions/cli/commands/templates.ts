import type { Command } from 'commander';
import { callRouter, refused, send } from '../client/call-router.ts';
import { type Connection, connect } from '../client/connection.ts';
import { readJsonFile } from '../client/read-json-file.ts';
import { readPages } from '../client/read-pages.ts';
import { UsageError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addDefault, addExamples } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showFacts, showTable } from '../terminal/show-table.ts';

interface Template {
  id: string;
  name: string;
  version: number;
  model: string | null;
  variables: string[];
}

/** What a file leaves out is nothing, also where the template of before had it. */
const nothing = { description: null, system: null, messages: null, model: null, params: null, variables: null };
const NOT_FOUND = 404;
const LIMIT_MS = 30_000;

export function register(command: Command, context: Context): void {
  addDefault(command, 'list')
    .description('templates of the key’s owner')
    .action((_: unknown, self: Command) => listTemplates(self.optsWithGlobals<CommonOptions>(), context));
  command
    .command('show')
    .description('one template')
    .argument('<name>', 'name or id; @3 behind it is a version')
    .action((name: string, _: unknown, self: Command) =>
      showTemplate(name, self.optsWithGlobals<CommonOptions>(), context),
    );
  command
    .command('put')
    .description('make a template what a file says, as a new version where there is one of that name')
    .argument('<file>', 'JSON with name, messages, …; - is standard input')
    .action((file: string, _: unknown, self: Command) =>
      putTemplate(file, self.optsWithGlobals<CommonOptions>(), context),
    );
  command
    .command('rm')
    .description('delete one, with all versions')
    .argument('<name>', 'name or id')
    .action((name: string, _: unknown, self: Command) =>
      removeTemplate(name, self.optsWithGlobals<CommonOptions>(), context),
    );
  addExamples(command, [
    ['mesh templates put greeting.json', 'a new one, or its next version'],
    ['mesh templates show greeting@1 --json', 'as it was at first'],
  ]);
}

async function listTemplates(options: CommonOptions, context: Context): Promise<void> {
  const templates = await readPages<Template>(context, connect(context, options), '/v1/templates', 'key');
  showResult(context, options, templates, () => showTable(context, columns, templates));
}

async function showTemplate(name: string, options: CommonOptions, context: Context): Promise<void> {
  const template = await callRouter(context, connect(context, options), { path: pathOf(name), as: 'key' });
  showResult(context, options, template, () => showFacts(context, Object.entries(template)));
}

async function putTemplate(file: string, options: CommonOptions, context: Context): Promise<void> {
  const said = (await readJsonFile(context, file)) as { name?: unknown } | null;
  if (typeof said?.name !== 'string') throw new UsageError(`${file}: name is missing.`);
  const connection = connect(context, options);
  const body = { ...nothing, ...said };
  const isThere = await hasTemplate(context, connection, said.name);
  const template = await callRouter(context, connection, {
    ...(isThere ? { method: 'PATCH', path: pathOf(said.name) } : { method: 'POST', path: '/v1/templates' }),
    as: 'key',
    body,
  });
  showResult(context, options, template, () => context.write(`${template.name}@${template.version}\n`));
}

async function hasTemplate(context: Context, connection: Connection, name: string): Promise<boolean> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const reply = await send(context, connection, { path: pathOf(name), as: 'key', signal });
  const text = await reply.text();
  if (!reply.ok && reply.status !== NOT_FOUND) throw refused(reply.status, text);
  return reply.ok;
}

async function removeTemplate(name: string, options: CommonOptions, context: Context): Promise<void> {
  const call = { method: 'DELETE', path: pathOf(name), as: 'key' } as const;
  await callRouter(context, connect(context, options), call);
  showResult(context, options, { name, deleted: true }, () => context.write(`${name} is deleted\n`));
}

function pathOf(name: string): string {
  return `/v1/templates/${encodeURIComponent(name)}`;
}

const columns: readonly Column<Template>[] = [
  { title: 'Template', of: ({ name }) => name, whole: true },
  { title: 'Version', of: ({ version }) => version, align: 'right' },
  { title: 'Model', of: ({ model }) => model },
  { title: 'Variables', of: ({ variables }) => variables.join(' ') },
  { title: 'Id', of: ({ id }) => id },
];
