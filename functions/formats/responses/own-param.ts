import { MeshError } from '../../core/errors.ts';

/** Where the pivot has what a request of the Responses API says elsewhere. */
const places: readonly (readonly [of: RegExp, own: string])[] = [
  [/^messages\b.*/, 'input'],
  [/^tools\.(\d+)\.function\b/, 'tools.$1'],
  [/^response_format(\.json_schema)?/, 'text.format'],
  [/^max_(completion_)?tokens$/, 'max_output_tokens'],
];

/** Does something, and says of what goes wrong in the pivot where that is in the caller's own request. */
export function withOwnParams<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof MeshError ? inOwnPlace(error) : error;
  }
}

function inOwnPlace(error: MeshError): MeshError {
  const { code, message, param, details, providerCode, retryAfterSeconds, retry } = error;
  const [of, own] = places.find(([place]) => param !== null && place.test(param)) ?? [];
  if (param === null || of === undefined || own === undefined) return error;
  const place = param.replace(of, own);
  return new MeshError(code, {
    message: message.replaceAll(param, place),
    param: place,
    details,
    retry,
    cause: error,
    ...(providerCode === null ? {} : { providerCode }),
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
  });
}
