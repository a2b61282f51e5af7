import { MeshError } from '../core/errors.ts';

/** Several mistakes as one: a line for each, `param` of the first. */
export function allMistakes(mistakes: readonly MeshError[]): MeshError {
  const param = mistakes[0]?.param ?? 'catalogue';
  return new MeshError('invalid_request_error', { param, message: mistakes.map(({ message }) => message).join('\n') });
}

/** Looks on after a mistake, so that all of them are told at once. */
export class MistakeList {
  readonly #found: MeshError[] = [];

  /** What `work` gives; undefined where it threw a mistake, which is kept. */
  look<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof MeshError)) throw error;
      this.#found.push(error);
      return undefined;
    }
  }

  /** Throws what was found, if anything was. */
  end(): void {
    if (this.#found.length > 0) throw allMistakes(this.#found);
  }
}
