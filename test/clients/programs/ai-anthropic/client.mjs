import { createAnthropic } from '@ai-sdk/anthropic';
import * as ai from 'ai';
import { z } from 'zod';
import { aiActions, describeAiError } from '../ai-actions.mjs';
import { serve } from '../serve.mjs';

const modelOf = ({ url, key, model }) => createAnthropic({ baseURL: `${url}/v1`, apiKey: key })(model);
const thinking = { type: 'enabled', budgetTokens: 2_000 };

serve(aiActions(ai, z, modelOf, { providerOptions: { anthropic: { thinking } } }), (error) => ({
  ...describeAiError(error),
  code: undefined,
}));
