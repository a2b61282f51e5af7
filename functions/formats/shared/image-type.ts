/** How the base64 of each type of image begins. https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern */
const beginnings: readonly [type: string, base64: RegExp][] = [
  ['image/png', /^iVBORw0KGg/],
  ['image/jpeg', /^\/9j\//],
  ['image/gif', /^R0lGOD/],
  ['image/webp', /^UklGR.{7}RUJQ/],
];

/** The type of an image by its first bytes, given as base64; null for one that is not known. */
export function imageTypeOf(base64: string): string | null {
  return beginnings.find(([, begins]) => begins.test(base64))?.[0] ?? null;
}
