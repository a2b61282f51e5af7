import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import * as ai from 'ai';
import { z } from 'zod';
import { aiActions, describeAiError } from '../ai-actions.mjs';
import { serve } from '../serve.mjs';

const modelOf = ({ url, key, model }) => createOpenRouter({ baseURL: `${url}/v1`, apiKey: key })(model);

serve(
  aiActions(ai, z, modelOf, { providerOptions: { openrouter: { reasoning: { effort: 'medium' } } } }),
  describeAiError,
);
