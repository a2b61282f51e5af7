import { isAuto } from '../../../core/routing/auto-names.ts';
import type { EmbedRequest } from '../../../formats/embed/embed-request.ts';
import { encodeEmbedded, writeValues } from '../../../formats/embed-content/encode-response.ts';
import type { EmbedContent } from '../../../formats/embed-content/parse-request.ts';
import { parseEmbedRequest } from '../../../formats/embed-content/parse-request.ts';
import { googleSurface } from '../../../formats/gemini/surface.ts';
import { invalid } from '../../../formats/shared/refusals.ts';
import { inSlices } from '../../../platform/in-slices.ts';
import type { Operation } from '../../way/operation.ts';
import { embedInputs } from '../shared/embed-inputs.ts';
import { embedNeeds } from '../shared/embed-needs.ts';
import { embedded, type Written } from '../shared/embedded.ts';

interface Request extends EmbedRequest, Pick<EmbedContent, 'routing'> {
  model: string;
}

/** `POST /v1beta/models/{model}:embedContent` and `:batchEmbedContents`: embeddings as Google's clients ask for them. */
export function embedOperation(isBatch: boolean): Operation<Request, never, Written> {
  return {
    name: 'embeddings',
    surface: googleSurface,
    async parse({ body, param: model }, { weight_profile }) {
      const defaults = weight_profile === undefined ? {} : { weight_profile };
      const { texts, ...parsed } = await inSlices(parseEmbedRequest(body, model, isBatch, defaults));
      if (isAuto(model)) throw invalid('model', 'Vectors of different models cannot be compared: name one.');
      const request = { ...(await embedInputs(texts)), ...parsed, model, user: null };
      const { timeout } = parsed.routing;
      return {
        request,
        body: { model, isBatch, body },
        streamType: null,
        timeoutMs: timeout == null ? null : timeout * 1_000,
      };
    },
    needs(request, key) {
      const { model, routing } = request;
      const param = isBatch ? 'requests' : 'content';
      return embedNeeds(request, { model, provider: routing.provider, profile: routing.weight_profile, param }, key);
    },
    exchange: (request, _ask, endpoint) => embedded(request, endpoint, writeValues),
    encoder: () => ({
      frames: () => '',
      last: () => '',
      fail: () => '',
      whole: (vectors, bill) => encodeEmbedded(vectors, isBatch, bill),
    }),
  };
}
