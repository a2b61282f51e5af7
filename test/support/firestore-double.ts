import {
  hangUp,
  json,
  type RecordedRequest,
  reply,
  reset,
  type ScriptedUpstream,
  type ScriptedUpstreamOptions,
  type Step,
  stall,
  startScriptedUpstream,
} from './scripted-upstream.ts';

/** What becomes of one call. `applied`: it is done, whatever is answered. */
export type Fate =
  | 'done'
  | 'cut before'
  | 'cut after'
  | 'half a reply'
  | 'no answer'
  | { status: number; code?: string; message?: string; applied?: boolean };

export interface Call {
  method: 'batchGet' | 'commit' | 'rollback';
  // biome-ignore lint/suspicious/noExplicitAny: what was sent is looked at, not typed.
  body: any;
  authorization: string;
}

/** A server that speaks as much of Firestore's JSON as we do, and fails as it is told to. It holds no locks. */
export interface FirestoreDouble {
  server: ScriptedUpstream;
  calls: Call[];
  /** Fields of documents by their whole names. */
  documents: Map<string, unknown>;
  /** What becomes of the next calls of a method, in turn; then all are done. */
  next(method: Call['method'], ...fates: Fate[]): void;
  close(): Promise<void>;
}

interface SentWrite {
  update?: { name: string; fields: unknown };
  delete?: string;
  currentDocument?: { exists?: boolean };
}

const refusal = (status: number, code: string, message = code) => ({ error: { code: status, status: code, message } });
const SPENT = refusal(400, 'INVALID_ARGUMENT', 'The referenced transaction has expired or is no longer valid.');

export async function startFirestoreDouble(options: ScriptedUpstreamOptions = {}): Promise<FirestoreDouble> {
  const documents = new Map<string, unknown>();
  const calls: Call[] = [];
  const fates = new Map<string, Fate[]>();
  const spent = new Set<string>();
  let transactions = 0;
  let writes = 0;
  const time = () => new Date(1_764_000_000_000 + ++writes).toISOString();

  function apply({ method, body }: Call): { status: number; answer: unknown } {
    if (method === 'batchGet') return { status: 200, answer: read(body) };
    if (method === 'rollback') return { status: 200, answer: {} };
    if (body.transaction !== undefined && spent.has(body.transaction)) return { status: 400, answer: SPENT };
    const sent = body.writes as SentWrite[];
    for (const { update, currentDocument } of sent) {
      const isThere = update !== undefined && documents.has(update.name);
      if (currentDocument?.exists === false && isThere) return { status: 409, answer: refusal(409, 'ALREADY_EXISTS') };
    }
    const updateTime = time();
    for (const { update, delete: name } of sent) {
      if (update !== undefined) documents.set(update.name, update.fields);
      else if (name !== undefined) documents.delete(name);
    }
    if (body.transaction !== undefined) spent.add(body.transaction);
    return { status: 200, answer: { writeResults: sent.map(({ update }) => (update ? { updateTime } : {})) } };
  }

  function read(body: { documents: string[]; newTransaction?: unknown }): unknown[] {
    const readTime = new Date(1_764_000_000_000 + writes).toISOString();
    const begun = body.newTransaction === undefined ? [] : [{ transaction: `transaction ${++transactions}` }];
    const lines = body.documents.map((name) =>
      documents.has(name)
        ? { found: { name, fields: documents.get(name), updateTime: readTime }, readTime }
        : { missing: name, readTime },
    );
    return [...begun, ...lines];
  }

  function script({ path, body, headers }: RecordedRequest): Iterable<Step> {
    const method = /:(\w+)\?/.exec(path)?.[1] as Call['method'];
    const call = { method, body: JSON.parse(body), authorization: headers.authorization ?? '' };
    calls.push(call);
    const fate = fates.get(method)?.shift() ?? 'done';
    switch (fate) {
      case 'no answer':
        return [stall];
      case 'cut before':
        return [reset];
      case 'cut after':
        apply(call);
        return [reset];
    }
    if (typeof fate === 'object') {
      if (fate.applied) apply(call);
      const { status, code, message } = fate;
      if (code === undefined) return reply('<html>', status, { 'content-type': 'text/html' });
      return json(method === 'batchGet' ? [refusal(status, code, message)] : refusal(status, code, message), status);
    }
    const { status, answer } = apply(call);
    if (fate === 'done') return json(answer, status);
    const [head, body_] = json(answer, status) as [Step, Extract<Step, { do: 'send' }>];
    return [head, { do: 'send', bytes: body_.bytes.subarray(0, body_.bytes.length / 2) }, hangUp];
  }

  const server = await startScriptedUpstream(script, { strict: () => null, ...options });
  return {
    server,
    calls,
    documents,
    next: (method, ...those) => void fates.set(method, [...(fates.get(method) ?? []), ...those]),
    close: () => server.close(),
  };
}
