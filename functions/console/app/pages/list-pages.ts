import type { ComponentType } from 'preact';
import { Alerts } from './alerts.tsx';
import { Audit } from './audit.tsx';
import { ConnectPage } from './connect-page.tsx';
import { ExchangeRate } from './exchange-rate.tsx';
import { Keys } from './keys.tsx';
import { Me } from './me.tsx';
import { Models } from './models.tsx';
import { Overview } from './overview.tsx';
import { Owners } from './owners.tsx';
import { Playground } from './playground.tsx';
import { Requests } from './requests.tsx';
import { Usage } from './usage.tsx';

export interface PageEntry {
  /** Below `/console/`. */
  path: string;
  title: string;
  Page: ComponentType;
}

/** The first one of a list is what `/console/` shows. */
export const operatorPages: readonly PageEntry[] = [
  { path: 'overview', title: 'Overview', Page: Overview },
  { path: 'owners', title: 'Owners', Page: Owners },
  { path: 'keys', title: 'Keys', Page: Keys },
  { path: 'requests', title: 'Requests', Page: Requests },
  { path: 'models', title: 'Models', Page: Models },
  { path: 'alerts', title: 'Alerts', Page: Alerts },
  { path: 'audit', title: 'Audit', Page: Audit },
  { path: 'exchange-rate', title: 'Exchange rate', Page: ExchangeRate },
];

export const developerPages: readonly PageEntry[] = [
  { path: 'me', title: 'Me', Page: Me },
  { path: 'usage', title: 'Usage', Page: Usage },
  { path: 'requests', title: 'Requests', Page: Requests },
  { path: 'models', title: 'Models', Page: Models },
  { path: 'playground', title: 'Playground', Page: Playground },
  { path: 'connect', title: 'Connect', Page: ConnectPage },
];
