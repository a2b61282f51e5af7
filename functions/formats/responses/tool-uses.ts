import { isRecord } from '../shared/is-record.ts';
import { invalid } from '../shared/refusals.ts';
import type { PublicTool } from './responses-request.ts';

/**
 * Who does what a tool asks for, of the types that are no functions. `client`: the caller itself, so that it costs nothing beside
 * tokens; OpenAI's models know such tools. `provider`: the provider, which bills for it; clients send these by default, whether they
 * are there or not.
 */
type Uses = 'client' | 'provider';

const ofClients: ReadonlySet<string> = new Set(['local_shell', 'apply_patch', 'tool_search', 'shell']);
/** Also by dated names. It goes into a header, so it is no more than that. */
const OF_PROVIDERS = /^(web_search|image_generation)(_[a-z0-9_]{1,32})?$/;

/** Throws `invalid_request_error` for what would be billed and cannot be left out without a word. `param` is the tool's path. */
export function usesOf(tool: PublicTool, param: string): Uses {
  if (isOfProviders(tool)) return 'provider';
  if (ofClients.has(tool.type) && !runsElsewhere(tool)) return 'client';
  throw invalid(
    `${param}.type`,
    'Tools of this type work at a provider, which bills them apart or reads what is stored there; they are not served.',
  );
}

/** Whether a tool works at the provider, which bills it apart. */
export function isOfProviders({ type }: PublicTool): boolean {
  return OF_PROVIDERS.test(type);
}

/** A shell in a container of the provider's. */
function runsElsewhere({ type, environment }: PublicTool): boolean {
  return type === 'shell' && !(isRecord(environment) && environment.type === 'local');
}
