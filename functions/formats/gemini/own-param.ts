import { type Places, placeIn } from '../shared/own-params.ts';

/** Where the pivot has what a request in Google's form says elsewhere. */
const places: Places = [
  [/^messages\b.*/, 'contents'],
  [/^tools\.(\d+)\.function/, 'tools.0.functionDeclarations.$1'],
  [/^tool_choice\b.*/, 'toolConfig.functionCallingConfig'],
  [/^response_format\b.*/, 'generationConfig.responseSchema'],
  [/^reasoning(_effort)?\b.*/, 'generationConfig.thinkingConfig'],
  [/^max_(completion_)?tokens$/, 'generationConfig.maxOutputTokens'],
  [/^stop\b/, 'generationConfig.stopSequences'],
  [/^n$/, 'generationConfig.candidateCount'],
];

/** The path of the same in the caller's own request. */
export function ownParam(param: string): string {
  return placeIn(places, param);
}
