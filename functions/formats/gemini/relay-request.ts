import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { UpstreamBody } from '../pivot/upstream-format.ts';
import { isRecord } from '../shared/is-record.ts';
import { bodyFields } from './generate-request.ts';
import type { GenerateRequest } from './parse-request.ts';
import { isSealed } from './thought-seals.ts';
import { SKIP_SIGNATURE } from './to-model-parts.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Whether an endpoint that speaks the format can be asked. One that takes no unknown fields cannot where one is needed. */
export function canRelay({ needed }: GenerateRequest, { request }: Endpoint): boolean {
  return needed === null || request.unknown === 'pass';
}

/**
 * The request as it came, for an endpoint that speaks the format: its order and its unknown fields. What changes is the limit that is
 * paid for, and thoughts of other issuers, which are taken out. An endpoint with `"unknown": "drop"` (Vertex AI) gets no ids of calls,
 * which it refuses, and nothing at the top that it may not know.
 */
export function toRelay({ body }: GenerateRequest, endpoint: Endpoint, maxOutputTokens: number): UpstreamBody {
  const passes = endpoint.request.unknown === 'pass';
  const sent = Object.entries(body).flatMap(([field, value]): [string, unknown][] => {
    if (field === 'serviceTier' || field === 'generationConfig' || !(passes || bodyFields.has(field))) return [];
    return [[field, field === 'contents' ? toContents(value as readonly Fields[], endpoint, passes) : value]];
  });
  return {
    headers: {},
    body: { ...Object.fromEntries(sent), generationConfig: { ...body.generationConfig, maxOutputTokens } },
  };
}

function toContents(contents: readonly Fields[], endpoint: Endpoint, passes: boolean): Fields[] {
  const ordered = passes ? contents : contents.map((content, at) => inOrder(content, contents[at - 1]));
  return ordered.flatMap((content) => toContent(content, endpoint, passes));
}

/** One that nothing is left of goes too. */
function toContent(content: Fields, endpoint: Endpoint, passes: boolean): Fields[] {
  const { parts } = content;
  if (!Array.isArray(parts)) return [content];
  const isForeign = parts.some((part) => isRecord(part) && isSealed(part.thoughtSignature));
  const sent = parts.flatMap((part) => {
    if (!isRecord(part)) return [part];
    const named = passes ? part : withoutIds(part);
    return isForeign ? withoutSeal(named, endpoint) : [named];
  });
  return sent.length === 0 && parts.length > 0 ? [] : [{ ...content, parts: sent }];
}

/** A part of a turn that another model wrote, without what it thought, and without what would be left of nothing. */
function withoutSeal(part: Fields, endpoint: Endpoint): Fields[] {
  if (part.thought === true) return [];
  if (!isSealed(part.thoughtSignature)) return [part];
  const { thoughtSignature: _, ...rest } = part;
  if (rest.functionCall !== undefined) return [{ ...rest, ...replacement(endpoint) }];
  return rest.text === '' || Object.keys(rest).length === 0 ? [] : [rest];
}

/** Results in the order of their calls, which says which is whose where there are no ids. */
function inOrder(content: Fields, before: Fields | undefined): Fields {
  const ids = partsOf(before).flatMap(({ functionCall }) => (isRecord(functionCall) ? [functionCall.id] : []));
  const parts = partsOf(content);
  const placeOf = ({ functionResponse }: Fields) =>
    isRecord(functionResponse) ? ids.indexOf(functionResponse.id) : -1;
  const named = parts.filter((part) => placeOf(part) >= 0).sort((a, b) => placeOf(a) - placeOf(b));
  if (named.length < 2) return content;
  return { ...content, parts: parts.map((part) => (placeOf(part) >= 0 ? named.shift() : part)) };
}

function partsOf(content: Fields | undefined): Fields[] {
  return Array.isArray(content?.parts) ? content.parts.filter(isRecord) : [];
}

/** Google's own word for a call whose signature is gone, which newer models want. */
function replacement({ reasoning }: Endpoint): Fields {
  return reasoning.send === 'level' ? { thoughtSignature: SKIP_SIGNATURE } : {};
}

function withoutIds(part: Fields): Fields {
  const { functionCall, functionResponse } = part;
  return {
    ...part,
    ...(isRecord(functionCall) ? { functionCall: withoutId(functionCall) } : {}),
    ...(isRecord(functionResponse) ? { functionResponse: withoutId(functionResponse) } : {}),
  };
}

function withoutId({ id: _, ...rest }: Fields): Fields {
  return rest;
}
