import type { MeshError } from '../../core/errors.ts';
import { openaiSurface } from '../chat/surface.ts';
import { isRecord } from '../shared/is-record.ts';
import type { Refusal, RefusalIds, Surface } from '../shared/surface.ts';
import { EventWriter } from './event-writer.ts';
import { failedError } from './failed-response.ts';

/** Where OpenAI itself answers that there is no money: a 429 that is not to be tried again. */
const NO_MONEY = { status: 429, code: 'insufficient_quota' };
/** The type of a limit that begins anew. By it Codex tells its user when, from `resets_at` in Unix seconds. */
const RESETS = 'usage_limit_reached';

/** OpenAI's manners on `/v1/responses`: what Codex acts on, and a stream that breaks before it began is a response that failed. */
export const responsesSurface: Surface = { ...openaiSurface, refuse, frame };

function refuse(error: MeshError, ids: RefusalIds): Refusal {
  const refusal = openaiSurface.refuse(error, ids);
  if (error.code !== 'spend_limit_exceeded') return refusal;
  return {
    status: NO_MONEY.status,
    headers: { ...refusal.headers, 'x-should-retry': 'false' },
    body: {
      ...refusal.body,
      error: { ...(refusal.body.error as object), code: NO_MONEY.code, ...resetOf(error.details) },
    },
  };
}

/** What is said of a cap that begins anew; nothing of a balance, which does not. */
function resetOf(details: MeshError['details']): { type?: string; resets_at?: number } {
  const resetsAt = isRecord(details) ? details.resets_at : null;
  return typeof resetsAt === 'string' ? { type: RESETS, resets_at: Date.parse(resetsAt) / 1_000 } : {};
}

/** Nothing but signs of life has been written so far. */
function frame(body: Refusal['body']): string {
  const writer = new EventWriter();
  const response = {
    id: body.request_id,
    object: 'response',
    access_programs: null,
    created_at: 0,
    status: 'failed',
    error: failedError(body),
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model: '',
    output: [],
    parallel_tool_calls: true,
    temperature: null,
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    usage: null,
  };
  return (
    writer.write('response.created', { response: { ...response, status: 'in_progress', error: null } }) +
    writer.write('response.failed', { response })
  );
}
