import { z } from 'zod';
import { geminiSchema } from './strict-schema.ts';

/**
 * What `generateContent` refuses, of the Gemini API and of Vertex AI: both are protocol buffers, where an unknown field is an
 * error. https://ai.google.dev/api/generate-content, https://ai.google.dev/api/caching#Content,
 * https://ai.google.dev/gemini-api/docs/thought-signatures
 */

const name = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/);
const signed = { thought: z.boolean().optional(), thoughtSignature: z.string().min(1).optional() };
const part = z.union([
  z.strictObject({ text: z.string(), ...signed }),
  z.strictObject({ inlineData: z.strictObject({ mimeType: z.string(), data: z.string().min(1) }) }),
  z.strictObject({ fileData: z.strictObject({ mimeType: z.string(), fileUri: z.string() }) }),
  z.strictObject({ functionCall: z.strictObject({ name, args: z.record(z.string(), z.unknown()) }), ...signed }),
  z.strictObject({ functionResponse: z.strictObject({ name, response: z.record(z.string(), z.unknown()) }) }),
]);
const body = z.strictObject({
  systemInstruction: z.strictObject({ parts: z.array(z.strictObject({ text: z.string().min(1) })).min(1) }).optional(),
  contents: z.array(z.strictObject({ role: z.enum(['user', 'model']), parts: z.array(part).min(1) })).min(1),
  tools: z
    .array(
      z.strictObject({
        functionDeclarations: z.array(
          z.strictObject({
            name,
            description: z.string().optional(),
            parametersJsonSchema: z.record(z.string(), z.unknown()).optional(),
          }),
        ),
      }),
    )
    .optional(),
  toolConfig: z
    .strictObject({
      functionCallingConfig: z.strictObject({
        mode: z.enum(['AUTO', 'ANY', 'NONE', 'VALIDATED']),
        allowedFunctionNames: z.array(name).optional(),
      }),
    })
    .optional(),
  generationConfig: z.strictObject({
    maxOutputTokens: z.int().positive(),
    temperature: z.number().min(0).max(2).optional(),
    topP: z.number().optional(),
    topK: z.int().positive().optional(),
    seed: z.int32().optional(),
    stopSequences: z.array(z.string().min(1)).max(5).optional(),
    candidateCount: z.int().max(8).optional(),
    responseLogprobs: z.boolean().optional(),
    logprobs: z.int().optional(),
    responseMimeType: z.enum(['text/plain', 'application/json']).optional(),
    responseJsonSchema: z.record(z.string(), z.unknown()).optional(),
    thinkingConfig: z
      .strictObject({
        includeThoughts: z.boolean().optional(),
        thinkingBudget: z.int().min(-1).max(32_768).optional(),
        thinkingLevel: z.enum(['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']).optional(),
      })
      .optional(),
  }),
});

/** `path` names the model. */
export function strictGemini(given: unknown, path: string): string | null {
  const parsed = body.safeParse(given);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const { contents, tools = [], generationConfig } = parsed.data;
  for (const { parametersJsonSchema, name: called } of tools.flatMap((each) => each.functionDeclarations)) {
    const wrong = parametersJsonSchema === undefined ? null : geminiSchema(parametersJsonSchema);
    if (wrong !== null) return `function_declarations.${called}: ${wrong}`;
  }
  const { thinkingBudget, includeThoughts } = generationConfig.thinkingConfig ?? {};
  if (thinkingBudget === 0 && includeThoughts) return 'include_thoughts is only enabled when thinking is enabled.';
  const isThird = /gemini-[3-9]/.test(path);
  const level = generationConfig.thinkingConfig?.thinkingLevel;
  if (level === 'MINIMAL' && !/gemini-3(\.[0-6])?-flash/.test(path)) return 'Thinking level MINIMAL is not supported';
  for (const [at, { role, parts }] of contents.entries()) {
    if (contents[at - 1]?.role === role)
      return 'Please ensure that multiturn requests alternate between user and model.';
    if (role !== 'model') continue;
    const calls = parts.flatMap((each) => ('functionCall' in each ? [each] : []));
    const answers = (contents[at + 1]?.parts ?? []).flatMap((each) =>
      'functionResponse' in each ? [each.functionResponse.name] : [],
    );
    if (answers.join() !== calls.map((each) => each.functionCall.name).join()) {
      return 'Please ensure that the number of function response parts is equal to the number of function call parts.';
    }
    if (isThird && calls[0] !== undefined && calls[0].thoughtSignature === undefined) {
      return 'Function call is missing a thought_signature in functionCall parts.';
    }
  }
  return null;
}
