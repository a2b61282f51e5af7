import { type EffortLevel, effortLevels } from '../../core/endpoints/effort.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import type { Unsaid } from '../shared/unsaid.ts';
import { fromSchema } from './from-schema.ts';
import type { GivenConfig } from './generate-request.ts';

/** What a format that has no name for its schema is told. */
const SCHEMA_NAME = 'answer';

/** How the answer is to be. What changes nothing where it is left out, such as `mediaResolution`, is left out. */
export function parseSettings(config: GivenConfig, unsaid: Unsaid): Partial<ChatRequest> {
  const { maxOutputTokens, candidateCount, stopSequences, responseLogprobs, logprobs, topK } = config;
  const reasoning = parseReasoning(config);
  const format = parseFormat(config, unsaid);
  return {
    ...(maxOutputTokens == null ? {} : { max_tokens: maxOutputTokens }),
    ...(candidateCount == null ? {} : { n: candidateCount }),
    ...(stopSequences?.length ? { stop: stopSequences } : {}),
    ...(responseLogprobs === true ? { logprobs: true, ...(logprobs ? { top_logprobs: logprobs } : {}) } : {}),
    ...(reasoning === null ? {} : { reasoning }),
    ...(format === null ? {} : { response_format: format }),
    temperature: config.temperature,
    top_p: config.topP,
    top_k: topK == null ? topK : Math.round(topK),
    seed: config.seed,
    presence_penalty: config.presencePenalty,
    frequency_penalty: config.frequencyPenalty,
  };
}

/** Whether the client asks to see what the model thinks. */
export function showsThoughts({ thinkingConfig }: GivenConfig): boolean {
  return thinkingConfig?.includeThoughts === true;
}

/** No budget is no thinking, and -1 leaves it to the model, as does asking for the thoughts alone. Null where nothing is said. */
function parseReasoning(config: GivenConfig): ChatRequest['reasoning'] {
  const { thinkingBudget: budget, thinkingLevel } = config.thinkingConfig ?? {};
  const shows = showsThoughts(config);
  const effort = toEffort(thinkingLevel);
  if (budget === 0) return { enabled: false };
  const hidden = shows ? {} : { exclude: true };
  if (budget != null && budget > 0) return { max_tokens: budget, ...hidden };
  if (effort !== null) return { effort, ...hidden };
  return budget === -1 || shows ? { enabled: true, ...hidden } : null;
}

function toEffort(level: string | null | undefined): EffortLevel | null {
  return effortLevels.find((each) => each === level?.toLowerCase()) ?? null;
}

/** A form that only Gemini knows, such as one word out of a list, is needed as it is. */
function parseFormat(config: GivenConfig, unsaid: Unsaid): ChatRequest['response_format'] | null {
  const { responseMimeType: type, responseSchema, responseJsonSchema, responseFormat } = config;
  if (responseFormat != null) unsaid.need('generationConfig.responseFormat');
  if (type == null || type === '' || type === 'text/plain') return null;
  if (type !== 'application/json') {
    unsaid.need('generationConfig.responseMimeType');
    return null;
  }
  const schema = responseJsonSchema ?? (responseSchema == null ? null : fromSchema(responseSchema));
  if (schema === null) return { type: 'json_object' };
  return { type: 'json_schema', json_schema: { name: SCHEMA_NAME, schema, strict: true } };
}
