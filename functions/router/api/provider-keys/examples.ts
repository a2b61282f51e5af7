/** A provider key as the document shows it. */
export const providerKeyExample = {
  id: 'pk_01M8GDA59WF3TWFSXQH5QZ298H',
  owner_id: 'own_01M8GDA56F8H7XNTJG8H5HPMNF',
  provider: 'anthropic',
  label: 'our contract',
  masked: '…x7Qa',
  base_url: null,
  models: null,
  fallback: 'none',
  status: 'active',
  created_at: '2026-11-28T06:26:05.243Z',
};
