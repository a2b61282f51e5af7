import type { ComponentType } from 'preact';
import { ConnectPage } from './connect-page.tsx';
import { Keys } from './keys.tsx';
import { Me } from './me.tsx';
import { Owners } from './owners.tsx';

export interface PageEntry {
  /** Below `/console/`. */
  path: string;
  title: string;
  Page: ComponentType;
}

export const operatorPages: readonly PageEntry[] = [
  { path: 'owners', title: 'Owners', Page: Owners },
  { path: 'keys', title: 'Keys', Page: Keys },
];

export const developerPages: readonly PageEntry[] = [
  { path: 'me', title: 'Me', Page: Me },
  { path: 'connect', title: 'Connect', Page: ConnectPage },
];
