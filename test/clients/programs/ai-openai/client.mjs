import { createOpenAI } from '@ai-sdk/openai';
import * as ai from 'ai';
import { z } from 'zod';
import { aiActions, describeAiError } from '../ai-actions.mjs';
import { serve } from '../serve.mjs';

/** At its defaults: `/responses`, and `store` left as it is. */
const modelOf = ({ url, key, model }) => createOpenAI({ baseURL: `${url}/v1`, apiKey: key })(model);
const openai = { reasoningEffort: 'medium', reasoningSummary: 'auto', forceReasoning: true };

serve(aiActions(ai, z, modelOf, { providerOptions: { openai } }), describeAiError);
