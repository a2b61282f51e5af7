import { MeshError } from '../../../core/errors.ts';
import { fillTemplate } from '../../../core/templates/fill-template.ts';
import { isRecord } from '../../../formats/shared/is-record.ts';
import type { Key } from '../../access/key-cache.ts';
import type { TemplateCache } from '../../access/template-cache.ts';

/** A request as it came, and what stands where it says nothing. */
export interface Given {
  body: unknown;
  defaults: Readonly<Record<string, unknown>>;
}

/**
 * A request of chat with the template that it names: its messages come before the caller's, its fields stand where neither the
 * request nor its key says anything. Throws `not_found` where the owner has no such template, and `validation_error` for variables.
 */
export async function withTemplate(given: Given, key: Key, templates: TemplateCache): Promise<Given> {
  const { body, defaults } = given;
  if (!isRecord(body) || body.template == null) return given;
  const { template: reference, variables, ...request } = body;
  const template = typeof reference === 'string' ? await templates.find(key.ownerId, reference) : null;
  if (template === null) throw new MeshError('not_found', { param: 'template', message: 'There is no such template.' });
  if (variables != null && !isRecord(variables)) {
    throw new MeshError('validation_error', { param: 'variables', message: '`variables` must be an object.' });
  }
  const { model, params } = template.content;
  const before = fillTemplate(template.content, variables ?? {});
  const { messages = [] } = request;
  return {
    // What is no list is left for the schema to name.
    body: { ...request, messages: Array.isArray(messages) ? [...before, ...messages] : messages },
    defaults: { ...params, ...(model === null ? {} : { model }), ...defaults },
  };
}
