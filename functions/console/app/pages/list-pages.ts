import type { ComponentType } from 'preact';

export interface PageEntry {
  /** Below `/console/`. */
  path: string;
  title: string;
  /** Fetches it: each page is a file of its own, so that nobody waits for those that are not opened. */
  load(): Promise<ComponentType>;
}

const shared = {
  requests: { path: 'requests', title: 'Requests', load: async () => (await import('./requests.tsx')).Requests },
  models: { path: 'models', title: 'Models', load: async () => (await import('./models.tsx')).Models },
} satisfies Record<string, PageEntry>;

/** The first one of a list is what `/console/` shows. */
export const operatorPages: readonly PageEntry[] = [
  { path: 'overview', title: 'Overview', load: async () => (await import('./overview.tsx')).Overview },
  { path: 'owners', title: 'Owners', load: async () => (await import('./owners.tsx')).Owners },
  { path: 'keys', title: 'Keys', load: async () => (await import('./keys.tsx')).Keys },
  shared.requests,
  shared.models,
  { path: 'alerts', title: 'Alerts', load: async () => (await import('./alerts.tsx')).Alerts },
  { path: 'audit', title: 'Audit', load: async () => (await import('./audit.tsx')).Audit },
  {
    path: 'exchange-rate',
    title: 'Exchange rate',
    load: async () => (await import('./exchange-rate.tsx')).ExchangeRate,
  },
];

export const developerPages: readonly PageEntry[] = [
  { path: 'me', title: 'Me', load: async () => (await import('./me.tsx')).Me },
  { path: 'usage', title: 'Usage', load: async () => (await import('./usage.tsx')).Usage },
  shared.requests,
  shared.models,
  { path: 'playground', title: 'Playground', load: async () => (await import('./playground.tsx')).Playground },
  { path: 'connect', title: 'Connect', load: async () => (await import('./connect-page.tsx')).ConnectPage },
];
