import { callRouter } from '../client/call-router.ts';
import { type Connection, needKey } from '../client/connection.ts';
import { CliError } from '../terminal/cli-error.ts';
import type { Context } from '../terminal/context.ts';
import type { Tool, ToolTarget } from './tool.ts';

/** Models that are shown to somebody who has to name one. */
const MOST_SHOWN = 8;

interface Listed {
  data: { id: string; context_length: number }[];
  models: { slug: string }[];
}

/**
 * What a tool is pointed at: asks the router what the key may use. Throws `CliError` where the router, the key or the model is
 * missing, in words that say what to do.
 */
export async function findTarget(
  context: Context,
  connection: Connection,
  tool: Tool,
  name: string | undefined,
): Promise<ToolTarget> {
  const key = needKey(connection);
  const { data, models }: Listed = await callRouter(context, connection, { path: '/v1/models', as: 'key' });
  // Those that call tools, without which no coding tool can work.
  const able = models.map(({ slug }) => slug);
  const target = { url: connection.url, key, models: able };
  if (name === undefined) {
    const { asksFor } = tool;
    if (asksFor !== null && able.some((id) => asksFor.test(id))) return { ...target, model: null };
    throw new CliError(`${tool.title} has to be told a model: ${suggest(able)}`);
  }
  const found = data.find(({ id }) => id === name) ?? (await findByName(context, connection, name));
  if (!able.includes(found.id))
    throw new CliError(`${found.id} calls no tools, which ${tool.title} needs: ${suggest(able)}`);
  return { ...target, model: { id: found.id, contextLength: found.context_length } };
}

/** By another of its names. */
async function findByName(context: Context, connection: Connection, name: string): Promise<Listed['data'][number]> {
  const path = `/v1/models/${name.split('/').map(encodeURIComponent).join('/')}`;
  return callRouter(context, connection, { path, as: 'key' });
}

function suggest(able: readonly string[]): string {
  if (able.length === 0)
    return 'the router serves none that calls tools; start it with ANTHROPIC_API_KEY, OPENAI_API_KEY, …';
  const more = able.length > MOST_SHOWN ? ', …' : '';
  return `-m and one of ${able.slice(0, MOST_SHOWN).join(', ')}${more}`;
}
