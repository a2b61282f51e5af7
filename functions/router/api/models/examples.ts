/** One model, as the document shows it. */
export const modelExample = {
  id: 'mesh/echo',
  object: 'model',
  created: 1_795_392_000,
  owned_by: 'mesh',
  name: 'mesh/echo',
  description: '',
  retires_at: null,
  context_length: 128_000,
  architecture: {
    input_modalities: ['text'],
    output_modalities: ['text'],
    modality: 'text->text',
    tokenizer: 'Other',
    instruct_type: null,
  },
  top_provider: { context_length: 128_000, max_completion_tokens: 16_384, is_moderated: false },
  supported_parameters: ['max_tokens'],
  pricing: {
    prompt: '0.0000001',
    completion: '0.0000004',
    request: '0',
    input_cache_read: '0.0000001',
    input_cache_write: '0.0000001',
  },
};
