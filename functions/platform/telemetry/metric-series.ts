import type { Attributes } from './telemetry.ts';

/** Series of one metric, at most, as OpenTelemetry has it; what comes beyond is one more, which says so. */
export const MAX_SERIES = 2_000;
const OVERFLOW: Attributes = { 'otel.metric.overflow': true };
const NONE: Attributes = {};

export interface Series<Value> {
  readonly attributes: Attributes;
  /** When it began, Unix milliseconds. */
  readonly since: number;
  value: Value;
}

/**
 * The values of one metric, one for each set of attributes. Found by the object that the attributes are, where that came before:
 * to compare what is in them costs more than all that is done with the value.
 */
export class MetricSeries<Value> {
  readonly #begin: () => Value;
  readonly #now: () => number;
  readonly #byObject = new WeakMap<Attributes, Series<Value>>();
  readonly #byText = new Map<string, Series<Value>>();

  constructor(begin: () => Value, now: () => number) {
    this.#begin = begin;
    this.#now = now;
  }

  of(attributes: Attributes = NONE): Series<Value> {
    const known = this.#byObject.get(attributes);
    if (known !== undefined) return known;
    const series = this.#find(attributes);
    this.#byObject.set(attributes, series);
    return series;
  }

  all(): Iterable<Series<Value>> {
    return this.#byText.values();
  }

  #find(attributes: Attributes): Series<Value> {
    const text = JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    if (this.#byText.size >= MAX_SERIES && attributes !== OVERFLOW) return this.#find(OVERFLOW);
    const series = { attributes, since: this.#now(), value: this.#begin() };
    this.#byText.set(text, series);
    return series;
  }
}
