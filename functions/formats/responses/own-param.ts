import { type Places, placeIn, withParams } from '../shared/own-params.ts';

/** Where the pivot has what a request of the Responses API says elsewhere. */
const places: Places = [
  [/^messages\b.*/, 'input'],
  [/^tools\.(\d+)\.function\b/, 'tools.$1'],
  [/^response_format(\.json_schema)?/, 'text.format'],
  [/^max_(completion_)?tokens$/, 'max_output_tokens'],
];

/** Does something, and says of what goes wrong in the pivot where that is in the caller's own request. */
export function withOwnParams<T>(act: () => T): T {
  return withParams(
    (param) => placeIn(places, param),
    act,
    () => true,
  );
}
