import type { Document } from '../store/documents.ts';

/** `alert_rules/{id}`: from which share of errors on somebody is told. */
export const ALERT_RULES = 'alert_rules';

/** Of one owner, and of those that name none. */
export const MAX_ALERT_RULES = 20;
/** What usage is added up by for the last day is hours: no window is shorter than one. */
export const MAX_WINDOW_HOURS = 24;
/** Of fewer requests a share says little. */
export const LEAST_REQUESTS = 20;

/** Judges the requests of what it names: of an owner, a model, a provider, or all that are null. */
export interface AlertRule {
  id: string;
  ownerId: string | null;
  model: string | null;
  provider: string | null;
  /** 1 to 100: told of as soon as so many of a hundred requests did not finish. */
  percent: number;
  windowHours: number;
  /** Judged from so many requests on. */
  leastRequests: number;
}

export function toAlertRule({ data }: Document): AlertRule {
  return {
    id: String(data.rule_id),
    ownerId: data.owner_id === '' ? null : String(data.owner_id),
    model: data.model === null ? null : String(data.model),
    provider: data.provider === null ? null : String(data.provider),
    percent: Number(data.percent),
    windowHours: Number(data.window_hours),
    leastRequests: Number(data.least_requests),
  };
}
