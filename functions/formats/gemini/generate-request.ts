import { z } from 'zod';
import { MAX_CHOICES, MAX_NAME_LENGTH, MAX_STOPS, routingFields } from '../pivot/chat-request.ts';

/**
 * The body of `:generateContent` and `:streamGenerateContent`: Google's request, and the router's own fields. Every object may hold
 * more than is named, since what we have never heard of passes to endpoints that speak the format; what is named has to be right.
 * https://ai.google.dev/api/generate-content#request-body
 */

const name = z.string().min(1).max(MAX_NAME_LENGTH);
const jsonObject = z.record(z.string(), z.unknown());
const blob = z.looseObject({ mimeType: z.string().min(1), data: z.string().min(1) });
const fileData = z.looseObject({ mimeType: z.string().nullish(), fileUri: z.string().min(1) });

const part = z.looseObject({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  inlineData: blob.nullish(),
  fileData: fileData.nullish(),
  functionCall: z.looseObject({ id: z.string().nullish(), name, args: jsonObject.nullish() }).nullish(),
  functionResponse: z
    .looseObject({
      id: z.string().nullish(),
      name,
      response: jsonObject.nullish(),
      parts: z.array(z.looseObject({ inlineData: blob.nullish(), fileData: fileData.nullish() })).nullish(),
    })
    .nullish(),
});

/** One content of a conversation. `function` is the older word for a user who says what tools gave. */
export const contentSchema = z.looseObject({
  role: z.enum(['user', 'model', 'function', 'tool', '']).nullish(),
  parts: z.array(part).nullish(),
});

/** A conversation, of whatever its contents are. */
export const contentsOf = <Content extends z.ZodType>(content: Content) => z.array(content).min(1);

const functionDeclaration = z.looseObject({
  name,
  description: z.string().nullish(),
  parameters: jsonObject.nullish(),
  parametersJsonSchema: jsonObject.nullish(),
});

const tool = z.looseObject({ functionDeclarations: z.array(functionDeclaration).nullish() });

const toolConfig = z.looseObject({
  functionCallingConfig: z
    .looseObject({
      mode: z.enum(['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED']).nullish(),
      allowedFunctionNames: z.array(name).nullish(),
    })
    .nullish(),
});

const generationConfig = z.looseObject({
  maxOutputTokens: z.int().positive().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  topP: z.number().min(0).max(1).nullish(),
  topK: z.number().nonnegative().nullish(),
  candidateCount: z.int().min(1).max(MAX_CHOICES).nullish(),
  stopSequences: z.array(z.string()).max(MAX_STOPS).nullish(),
  seed: z.int().nullish(),
  presencePenalty: z.number().min(-2).max(2).nullish(),
  frequencyPenalty: z.number().min(-2).max(2).nullish(),
  responseLogprobs: z.boolean().nullish(),
  logprobs: z.int().min(0).max(20).nullish(),
  responseMimeType: z.string().nullish(),
  responseSchema: jsonObject.nullish(),
  responseJsonSchema: jsonObject.nullish(),
  responseModalities: z.array(z.string()).nullish(),
  thinkingConfig: z
    .looseObject({
      includeThoughts: z.boolean().nullish(),
      thinkingBudget: z.int().min(-1).nullish(),
      thinkingLevel: z.string().nullish(),
    })
    .nullish(),
});

/** What callers say to the router, and the model, which stands in the path. None of it reaches an upstream. */
export const routerOwned: readonly string[] = [...Object.keys(routingFields), 'metadata', 'model'];

export const generateRequestSchema = z.looseObject({
  contents: contentsOf(contentSchema),
  systemInstruction: contentSchema.nullish(),
  tools: z.array(tool).nullish(),
  toolConfig: toolConfig.nullish(),
  generationConfig: generationConfig.nullish(),
  safetySettings: z.array(z.looseObject({})).nullish(),
  ...routingFields,
});

/** The body of `:countTokens`: contents alone, or the whole request. https://ai.google.dev/api/tokens */
export const countTokensSchema = z.union([
  z.looseObject({ generateContentRequest: generateRequestSchema }),
  generateRequestSchema,
]);

export type GenerateBody = z.infer<typeof generateRequestSchema>;
export type GivenContent = z.infer<typeof contentSchema>;
export type GivenPart = z.infer<typeof part>;
export type GivenTool = z.infer<typeof tool>;
export type GivenConfig = z.infer<typeof generationConfig>;

/** Fields of a part that every format can say one way or another. */
export const partFields: ReadonlySet<string> = new Set(Object.keys(part.shape));
/** Fields of declarations and of settings that are translated, or that change nothing where they are left out. */
export const declarationFields: ReadonlySet<string> = new Set([
  ...Object.keys(functionDeclaration.shape),
  'response',
  'responseJsonSchema',
  'behavior',
]);
export const bodyFields: ReadonlySet<string> = new Set(Object.keys(generateRequestSchema.shape));
