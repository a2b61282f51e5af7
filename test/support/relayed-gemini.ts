import { routerOwned } from '../../functions/formats/gemini/generate-request.ts';
import { isSealed } from '../../functions/formats/gemini/thought-seals.ts';
import type { RecordedRequest } from './scripted-upstream.ts';
import { formatOfPath, refusalByFormat, refusalOf } from './strict-upstream.ts';

interface Part {
  thoughtSignature?: string;
  functionCall?: { name: string };
  functionResponse?: { name: string };
}

/**
 * What Google has against a request that was relayed: there everything may be in it that its clients send. All other formats are as
 * strict as ever.
 */
export function refusalOfGeminiRelay(request: RecordedRequest): string | null {
  const format = formatOfPath(request.path);
  // Who takes thoughts back wants them with every call.
  if (format === 'chat' && request.body.includes('reasoning_content')) return refusalOf('deepseek', request);
  if (format !== 'gemini') return refusalByFormat(request);
  const body = JSON.parse(request.body);
  const unknown = [...routerOwned, 'serviceTier'].find((field) => field in body);
  if (unknown !== undefined) return `Unknown name "${unknown}": Cannot find field.`;
  const { contents, generationConfig } = body;
  if (!Number.isInteger(generationConfig?.maxOutputTokens)) return 'max_output_tokens must be positive';
  for (const [at, { role, parts }] of (contents as { role: string; parts?: Part[] }[]).entries()) {
    if (!Array.isArray(parts) || parts.length === 0) return `contents[${at}].parts: must not be empty`;
    if (parts.some(({ thoughtSignature }) => isSealed(thoughtSignature))) return 'Thought signature is not valid';
    if (role !== 'model') continue;
    const calls = parts.filter(({ functionCall }) => functionCall !== undefined);
    const next = (contents[at + 1]?.parts ?? []) as Part[];
    if (next.filter(({ functionResponse }) => functionResponse !== undefined).length !== calls.length) {
      return 'Please ensure that the number of function response parts is equal to the number of function call parts.';
    }
  }
  return null;
}
