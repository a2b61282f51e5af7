import type { ProviderPreferences } from '../../functions/core/routing/selection.ts';

/** A request that says nothing of providers. */
export const noPreferences: ProviderPreferences = {
  order: [],
  only: null,
  ignore: [],
  allowFallbacks: true,
  sort: null,
  allowDataCollection: true,
  maxInputPrice: null,
  maxOutputPrice: null,
};
