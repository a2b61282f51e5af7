/** A channel as the document shows it. */
export const channelExample = {
  id: 'chn_01M8GDA59WF3TWFSXQH5QZ298H',
  owner_id: 'own_01M8GDA56F8H7XNTJG8H5HPMNF',
  type: 'webhook',
  target: 'https://example.com/mesh',
  kinds: ['low_balance', 'cap_100'],
  status: 'active',
  disabled_reason: null,
  created_at: '2026-11-28T06:26:05.243Z',
};

/** A rule of alerts as the document shows it. */
export const ruleExample = {
  id: 'arl_01M8GDA59WF3TWFSXQH5QZ298K',
  owner_id: 'own_01M8GDA56F8H7XNTJG8H5HPMNF',
  model: null,
  provider: null,
  percent: 10,
  window_hours: 1,
  least_requests: 20,
  created_at: '2026-11-28T06:26:05.243Z',
};
