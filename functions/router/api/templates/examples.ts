/** A template as the document shows it. */
export const templateExample = {
  id: 'tpl_01M8GDA59WF3TWFSXQH5QZ298H',
  owner: 'own_01M8GDA56F8H7XNTJG8H5HPMNF',
  name: 'greeting',
  version: 1,
  description: null,
  system: 'You greet people in {{ language }}.',
  messages: [],
  model: null,
  params: { temperature: 0.2 },
  variables: ['language'],
  team_id: null,
  is_global: false,
  created_at: '2026-11-28T06:26:05.243Z',
  updated_at: '2026-11-28T06:26:05.243Z',
};
