import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import * as ai from 'ai';
import { z } from 'zod';
import { aiActions, describeAiError } from '../ai-actions.mjs';
import { serve } from '../serve.mjs';

const modelOf = ({ url, key, model }) =>
  createOpenAICompatible({ name: 'mesh', baseURL: `${url}/v1`, apiKey: key, supportsStructuredOutputs: true })(model);

serve(aiActions(ai, z, modelOf, { providerOptions: { mesh: { reasoningEffort: 'medium' } } }), describeAiError);
