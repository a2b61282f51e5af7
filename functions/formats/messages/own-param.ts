import { type Places, placeIn, withParams } from '../shared/own-params.ts';

/** Where a message of the pivot stands in the caller's own request, and each of its parts, where they are several. */
export interface Place {
  param: string;
  parts: readonly string[];
}

const PART = /^messages\.(\d+)(?:\.content\.(\d+))?/;
/** Where the pivot has what a request says elsewhere. */
const places: Places = [
  [/^tools\.(\d+)\.function\.parameters/, 'tools.$1.input_schema'],
  [/^tools\.(\d+)\.function/, 'tools.$1'],
  [/^tool_choice\.function/, 'tool_choice'],
  [/^response_format(\.json_schema)?/, 'output_config.format'],
  [/^reasoning(_effort)?\b.*/, 'thinking'],
  [/^stop\b/, 'stop_sequences'],
  [/^user$/, 'metadata.user_id'],
];

/** Does something with the pivot, and says of what is refused there where that is in the caller's own request. */
export function withOwnParams<T>(messages: readonly Place[], act: () => T): T {
  return withParams((param) => ownParam(param, messages), act);
}

function ownParam(param: string, messages: readonly Place[]): string {
  const [, message, part] = PART.exec(param) ?? [];
  const place = message === undefined ? undefined : messages[Number(message)];
  if (place !== undefined) return (part === undefined ? undefined : place.parts[Number(part)]) ?? place.param;
  return placeIn(places, param);
}
