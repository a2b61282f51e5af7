/**
 * What callers say to the router beside the fields of any format, by OpenRouter's and Mesh's names. None of it ever reaches an
 * upstream as the caller wrote it.
 */
export const routerOwned = [
  'weight_profile',
  'template',
  'variables',
  'route',
  'transforms',
  'plugins',
  'preset',
  'usage',
  'include_reasoning',
  'cache_control',
] as const;
