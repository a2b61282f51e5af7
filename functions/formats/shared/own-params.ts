import { MeshError } from '../../core/errors.ts';

/** Does something with the pivot, and says of what is refused there where that is in the caller's own request. */
export function withParams<T>(ownParam: (param: string) => string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof MeshError) || error.param === null) throw error;
    const own = ownParam(error.param);
    // A path is found in words, a word is not.
    const message = error.param.includes('.') ? error.message.replaceAll(error.param, own) : error.message;
    throw error.with({ param: own, message });
  }
}
