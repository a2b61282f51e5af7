/** What a catalogue file says of prices, in dollars for a million tokens; `request` for a million requests. */
export type OnePrice = Partial<Record<string, unknown>> & { input?: string; output?: string };

export interface EndpointEntry {
  provider: string;
  model: string;
  price: OnePrice | OnePrice[];
  regions?: string[] | Record<string, unknown>;
}

export interface ModelEntry {
  name?: string;
  description?: string;
  endpoints?: EndpointEntry[];
}

/** `GET /v1/catalogue/models/{id}` */
export interface LayeredModel {
  version: number;
  id: string;
  layers: { layer: 'builtin' | 'file' | 'api'; entry: ModelEntry | null }[];
  effective: ModelEntry | null;
}

/** What a change makes another. */
export interface Difference {
  models: { added: string[]; removed: string[]; changed: string[] };
  endpoints: { model: string; endpoint: string; change: 'added' | 'removed' | 'changed'; fields: string[] }[];
  prices: { model: string; endpoint: string; part: string; before: string | null; after: string | null }[];
}

export interface Effects {
  difference: Difference;
  warnings: { code: string; subject: string; message: string }[];
}

/** `POST /v1/catalogue/drafts/check` */
export interface Checked extends Partial<Effects> {
  valid: boolean;
  mistakes: { path: string; message: string }[];
  version: number;
  moves_credentials?: boolean;
  last_day?: {
    since: string;
    requests: number;
    moved_requests: number;
    refused_requests: number;
    now_usd: string;
    then_usd: string;
  } | null;
}

/** `PUT /v1/catalogue/models/{id}` */
export interface Changed extends Effects {
  version: number;
}
