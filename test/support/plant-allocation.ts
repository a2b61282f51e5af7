import { ServerResponse } from 'node:http';
import { PLANTED_BYTES } from './planted-bytes.ts';

/** Imported before a script, puts more on the heap with each piece that a server writes: what the count of allocations has to see. */
const BYTES_OF_A_NUMBER = 8;

let kept: number[] = [];
const { write } = ServerResponse.prototype;
ServerResponse.prototype.write = function (this: ServerResponse, ...args: unknown[]) {
  kept = new Array(PLANTED_BYTES / BYTES_OF_A_NUMBER).fill(kept.length);
  return Reflect.apply(write, this, args);
};
