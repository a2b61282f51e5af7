import { CHANGES } from '../../core/changes.ts';
import { documentId } from '../../core/store/document-id.ts';
import type { Fields, Write } from '../../core/store/documents.ts';
import type { Call } from '../http/call.ts';

/**
 * The write that tells every instance of an administrative act, and keeps it for the audit. It belongs into the same
 * commit as the act.
 */
export function recordChange(call: Call, services: { now(): number }, act: string, fields: Fields): Write {
  const data = { act, actor: call.actor, request_id: call.requestId, at: new Date(services.now()), ...fields };
  return { kind: 'set', collection: CHANGES, id: documentId(`${call.requestId}.${act}`), data, expect: 'absent' };
}
