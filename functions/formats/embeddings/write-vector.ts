import type { Vector } from '../embed/embedder.ts';

/** How OpenAI's clients ask for vectors: base64 of little-endian 32-bit numbers is what its SDKs do. */
export const encodings = ['float', 'base64'] as const;
export type VectorEncoding = (typeof encodings)[number];

/** A vector as JSON. */
export const writeVector: Readonly<Record<VectorEncoding, (vector: Vector) => string>> = {
  float: (vector) => `[${vector.join(',')}]`,
  base64(vector) {
    const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT);
    for (const [at, each] of vector.entries()) bytes.writeFloatLE(each, at * Float32Array.BYTES_PER_ELEMENT);
    return `"${bytes.toString('base64')}"`;
  },
};
