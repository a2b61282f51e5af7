import type { Vector } from '../embed/embedder.ts';

/** How OpenAI's clients ask for vectors: base64 of little-endian 32-bit numbers is what its SDKs do. */
export const encodings = ['float', 'base64'] as const;
export type VectorEncoding = (typeof encodings)[number];

/** A vector as JSON. */
export const writeVector: Readonly<Record<VectorEncoding, (vector: Vector) => string>> = {
  float: (vector) => JSON.stringify(vector instanceof Float32Array ? Array.from(vector) : vector),
  base64(vector) {
    const { buffer, byteOffset, byteLength } = vector instanceof Float32Array ? vector : Float32Array.from(vector);
    return `"${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}"`;
  },
};
