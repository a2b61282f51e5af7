/** One model, as the document shows it. */
export const modelExample = {
  id: 'mesh/echo',
  object: 'model',
  created: 0,
  owned_by: 'mesh',
  name: 'mesh/echo',
  context_length: 128_000,
  pricing: {
    prompt: '0.0000001',
    completion: '0.0000004',
    request: '0',
    input_cache_read: '0.0000001',
    input_cache_write: '0.0000001',
  },
};
