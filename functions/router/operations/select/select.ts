import { z } from 'zod';
import type { Model } from '../../../catalogue/catalogue.ts';
import { MeshError } from '../../../core/errors.ts';
import { parseChatRequest } from '../../../formats/chat/parse-request.ts';
import { chatBody } from '../../../formats/chat/request-body.ts';
import { openaiSurface } from '../../../formats/chat/surface.ts';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import { authenticate } from '../../access/authenticate.ts';
import { requestDefaults } from '../../access/request-defaults.ts';
import type { Call } from '../../http/call.ts';
import { readJson } from '../../http/read-body.ts';
import type { Reply } from '../../http/route.ts';
import { describeAuto } from '../../way/auto/describe-auto.ts';
import { modelsFor, suitableModels } from '../../way/choose.ts';
import { countRequest } from '../../way/count-requests.ts';
import type { Services } from '../../way/services.ts';
import { chatNeeds } from '../shared/chat-needs.ts';
import { toAsk } from '../shared/serve-call.ts';
import { withTemplate } from '../shared/with-template.ts';

const MAX_NAMES = 1_000;
const names = z.array(z.string()).max(MAX_NAMES);

/** What a choice is asked for with, beside the chat request. */
const selectFields = z.object({
  api_type: z.enum(['completions', 'responses', 'embeddings']).default('completions'),
  candidate_models: names.nullish().describe('Only these, of those that the key may use.'),
  exclude_models: names.nullish().describe('None of these.'),
});

/** A chat request, whose model is what is asked for. */
export const selectBody = chatBody.omit({ model: true }).extend(selectFields.shape);

/** Difficulties from which thinking is worth its time. */
const effortFrom = { low: 0.25, medium: 0.45, high: 0.65 } as const;

/**
 * `POST /v1/router/select`: the model that `model: "auto"` would ask, and why. Free: no model is asked, neither to choose nor
 * to answer.
 */
export async function selectModel(call: Call, services: Services): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  await countRequest(toAsk(call, key, { name: 'select', surface: openaiSurface }), services);
  const raw = await readJson(call);
  const asked = { body: raw, defaults: requestDefaults(call, key) };
  const { body, defaults } = await withTemplate(asked, key, services.templates);
  const { chat } = await inSlices(parseChatRequest({ ...Object(body), model: 'auto' }, defaults));
  const fields = selectFields.safeParse(raw);
  if (!fields.success) throw toValidationError(fields.error);
  if (fields.data.api_type === 'embeddings') {
    throw new MeshError('invalid_request_error', { param: 'api_type', message: 'Embeddings are not served.' });
  }
  const { candidate_models: candidates, exclude_models: excluded } = fields.data;
  const catalogue = services.catalogueOf(key);
  const find = (name: string) => catalogue.find(name);
  const wanted = candidates?.map(find);
  const unwanted = excluded?.map(find);
  const models = modelsFor(key, 'chat', catalogue).filter(
    (model) => (wanted?.includes(model) ?? true) && !unwanted?.includes(model),
  );
  if (models.length === 0) {
    throw new MeshError('invalid_request_error', {
      param: candidates ? 'candidate_models' : 'exclude_models',
      message: 'No model that this key may use is left to choose from.',
    });
  }
  const needs = await chatNeeds(chat, key);
  const choice = suitableModels(needs, models);
  const [best] = choice.ranked as [(typeof choice.ranked)[number]];
  return {
    status: 200,
    body: {
      object: 'router.selection',
      model: best.figures.id,
      // Nothing stands in for a choice that failed: it cannot.
      auto_router: { fallback_used: false, fallback_reason: null },
      reasoning_effort: effortFor(choice.signals.difficulty, best.figures.model),
      ...describeAuto(choice, needs.profile),
    },
  };
}

/** A hint for whoever asks the model himself; null where the model does not think. */
function effortFor(difficulty: number, { capabilities }: Model): string | null {
  if (!capabilities.has('reasoning')) return null;
  if (difficulty >= effortFrom.high) return 'high';
  if (difficulty >= effortFrom.medium) return 'medium';
  return difficulty >= effortFrom.low ? 'low' : 'none';
}
