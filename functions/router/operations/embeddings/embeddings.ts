import { isAuto } from '../../../core/routing/auto-names.ts';
import { openaiSurface } from '../../../formats/chat/surface.ts';
import type { EmbedRequest } from '../../../formats/embed/embed-request.ts';
import { encodeEmbeddings } from '../../../formats/embeddings/encode-response.ts';
import { type EmbeddingsBody, parseEmbeddingsBody } from '../../../formats/embeddings/parse-request.ts';
import { writeVector } from '../../../formats/embeddings/write-vector.ts';
import { invalid } from '../../../formats/shared/refusals.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import type { Operation } from '../../way/operation.ts';
import { embedInputs } from '../shared/embed-inputs.ts';
import { embedNeeds } from '../shared/embed-needs.ts';
import { embedded, type Written } from '../shared/embedded.ts';

/** A request, in the form that providers are asked by, and what it says of its way. */
interface EmbeddingsRequest extends EmbedRequest {
  body: EmbeddingsBody;
}

/** `POST /v1/embeddings`. Of a key's defaults nothing stands here but its weights: they are of a chat model. */
export const embeddingsOperation: Operation<EmbeddingsRequest, never, Written> = {
  name: 'embeddings',
  surface: openaiSurface,
  async parse({ body: raw }, { weight_profile }) {
    const body = await inSlices(parseEmbeddingsBody(raw, weight_profile === undefined ? {} : { weight_profile }));
    if (isAuto(body.model)) {
      throw invalid('model', 'Vectors of different models cannot be compared: name one.');
    }
    const { dimensions = null, task, user = null, timeout } = body;
    const request = { ...(await embedInputs(body.given)), dimensions, task, user, body };
    return { request, body: raw, streamType: null, user, timeoutMs: timeout == null ? null : timeout * 1_000 };
  },
  needs(request, key) {
    const { model, provider, weight_profile: profile } = request.body;
    return embedNeeds(request, { model, provider, profile, param: 'input' }, key);
  },
  exchange: (request, _ask, endpoint) => embedded(request, endpoint, writeVector[request.body.encoding]),
  encoder: (_request, head) => ({
    frames: () => '',
    last: () => '',
    fail: () => '',
    whole: (vectors, bill) => encodeEmbeddings(vectors, head, bill),
  }),
};
