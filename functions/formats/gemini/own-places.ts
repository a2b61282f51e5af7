import type { OwnPlaces } from '../responses/own-param.ts';

/** Where the pivot has what a request in Google's form says elsewhere. */
export const generatePlaces: OwnPlaces = [
  [/^messages\b.*/, 'contents'],
  [/^tools\.(\d+)\.function\b/, 'tools.0.functionDeclarations.$1'],
  [/^tool_choice\b.*/, 'toolConfig.functionCallingConfig'],
  [/^response_format\b.*/, 'generationConfig.responseSchema'],
  [/^max_(completion_)?tokens$/, 'generationConfig.maxOutputTokens'],
  [/^stop$/, 'generationConfig.stopSequences'],
  [/^n$/, 'generationConfig.candidateCount'],
];
