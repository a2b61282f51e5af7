/** An instance that fails on so many providers within so long has a problem of its own, and tells nobody. */
export const OWN_PROBLEM_PROVIDERS = 3;
export const OWN_PROBLEM_MS = 10_000;

/** Whether it is this instance that fails, and not the providers. Times are monotonic milliseconds. */
export class OwnProblem {
  /** Of each provider: failures since its last success on this instance, and when the last one was. */
  readonly #providers = new Map<string, { run: number; failedAt: number }>();
  readonly #monotonic: () => number;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  succeeded(provider: string): void {
    this.#providers.delete(provider);
  }

  failed(provider: string): void {
    this.#providers.set(provider, { run: (this.#providers.get(provider)?.run ?? 0) + 1, failedAt: this.#monotonic() });
  }

  /** One failure of a provider says nothing; several providers that fail again and again at once do. */
  get isThere(): boolean {
    const since = this.#monotonic() - OWN_PROBLEM_MS;
    let failing = 0;
    for (const { run, failedAt } of this.#providers.values()) if (run >= 2 && failedAt >= since) failing++;
    return failing >= OWN_PROBLEM_PROVIDERS;
  }
}
