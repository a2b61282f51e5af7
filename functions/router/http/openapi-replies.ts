import { type ErrorCode, errorTable } from '../../core/errors.ts';
import { errorStatusesOf } from './error-codes.ts';
import { json, refTo, toJsonSchema } from './openapi-schema.ts';
import type { HeaderList, Route } from './route.ts';

const ofEveryReply: HeaderList = {
  'X-Request-Id': 'The caller’s own `X-Request-Id` where it sent one of 1 to 64 letters, digits and `._:-`; else ours.',
  'X-Mesh-Request-Id': 'Ours, `req_…`: it names the request in usage and in the ledger.',
  'X-Mesh-Version': 'The version of this contract that was served.',
};
const ofErrors: HeaderList = {
  'Retry-After': 'Whole seconds after which it may be tried again.',
  'X-Should-Retry': '`false` where SDKs should not try again by themselves.',
};

/** Headers that replies of several routes have, by their names. */
export const sharedHeaders = toHeaders({
  ...ofEveryReply,
  ...ofErrors,
  ETag: 'Names this very answer; `If-None-Match` with it is answered by a 304 for as long as that is current.',
});

/** What a route may answer, by status. `shared` collects the errors, which many routes have in common. */
export function repliesOf(route: Route<never>, shared: Record<string, unknown>): Record<string, unknown> {
  const { replies, headers, conditional } = route;
  const own = { ...refsTo(ofEveryReply), ...toHeaders(headers?.reply ?? {}) };
  const all = conditional ? { ...own, ETag: refTo('headers', 'ETag') } : own;
  const answers = Object.entries(replies).map(([status, schema], at) => {
    const content = schema === null ? {} : { content: contentOf(route, schema, at === 0) };
    return [status, { description: schema === null ? 'Done' : 'The answer', headers: all, ...content }];
  });
  const unchanged = { description: 'What the client has is current', headers: all };
  const errors = [...errorStatusesOf(route)].map(([status, codes]) => {
    const isGoogles = route.surface.name === 'google';
    const name = `${isGoogles ? 'google-' : ''}${status}-${codes.join('-')}`;
    shared[name] ??= describeError(codes, isGoogles);
    return [status, refTo('responses', name)];
  });
  return {
    ...Object.fromEntries(errors),
    ...Object.fromEntries(answers),
    ...(conditional ? { 304: unchanged } : {}),
    default: {
      description: 'Another error',
      content: json(refTo('schemas', route.surface.name === 'google' ? 'GoogleError' : 'Error')),
    },
  };
}

function contentOf(
  { streams, csv, page, text, examples }: Route<never>,
  schema: Parameters<typeof toJsonSchema>[0],
  first: boolean,
) {
  return {
    ...(text
      ? { 'text/plain': { schema: toJsonSchema(schema) } }
      : json(toJsonSchema(schema), first ? examples?.reply : undefined)),
    ...(streams === undefined ? {} : { 'text/event-stream': { schema: refTo('schemas', streams.name) } }),
    ...(csv ? { 'text/csv': { schema: { type: 'string' } } } : {}),
    ...(page ? { 'text/html': { schema: { type: 'string' } } } : {}),
  };
}

function describeError(codes: readonly ErrorCode[], isGoogles: boolean) {
  const code = { enum: codes };
  return {
    description: codes.map((each) => `\`${each}\`: ${errorTable[each].message}`).join('\n\n'),
    headers: refsTo({ ...ofEveryReply, ...ofErrors }),
    content: json(
      isGoogles
        ? refTo('schemas', 'GoogleError')
        : { allOf: [refTo('schemas', 'Error'), { properties: { error: { properties: { code } } } }] },
    ),
  };
}

function toHeaders(list: HeaderList) {
  return Object.fromEntries(
    Object.entries(list).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

function refsTo(list: HeaderList) {
  return Object.fromEntries(Object.keys(list).map((name) => [name, refTo('headers', name)]));
}
