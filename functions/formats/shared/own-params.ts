import { MeshError } from '../../core/errors.ts';

/** Where the pivot has what a request says elsewhere. */
export type Places = readonly (readonly [of: RegExp, own: string])[];

/** The path of the same in the caller's own request. */
export function placeIn(places: Places, param: string): string {
  const [of, own] = places.find(([pattern]) => pattern.test(param)) ?? [];
  return of === undefined || own === undefined ? param : param.replace(of, own);
}

/** A path is found in words, a word is not. */
const isPath = (param: string) => param.includes('.');

/**
 * Does something with the pivot, and says of what is refused there where that is in the caller's own request. `isNamed`: whether a
 * param that stands in the words of a refusal is one.
 */
export function withParams<T>(ownParam: (param: string) => string, act: () => T, isNamed = isPath): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof MeshError) || error.param === null) throw error;
    const own = ownParam(error.param);
    const message = isNamed(error.param) ? error.message.replaceAll(error.param, own) : error.message;
    throw error.with({ param: own, message });
  }
}
