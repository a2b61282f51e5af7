import type { z } from 'zod';
import { MeshError } from '../../core/errors.ts';
import type { EmbedTask } from '../embed/embed-request.ts';
import { invalid } from '../shared/refusals.ts';
import { refuseSlipsIn } from '../shared/refuse-slips-in.ts';
import { isAbsent, isEmpty, refuseUnserved, type Unserved } from '../shared/refuse-unserved.ts';
import { toValidationError } from '../shared/validation-error.ts';
import { embeddingsFields, inputTypes, MAX_INPUTS } from './request-body.ts';
import type { VectorEncoding } from './write-vector.ts';

/** A body of `POST /v1/embeddings` as it was understood. */
export interface EmbeddingsBody
  extends Omit<z.infer<typeof embeddingsFields>, 'input' | 'input_type' | 'encoding_format'> {
  given: readonly (string | readonly number[])[];
  encoding: VectorEncoding;
  task: EmbedTask | null;
}

/** What would have another meaning than its caller relies on: refused, never ignored. */
const unserved: Readonly<Record<string, Unserved>> = {
  models: { unless: isEmpty, why: 'Vectors of different models cannot be compared, so that no other model stands in.' },
  output_dimension: { unless: isAbsent, why: '`output_dimension` is called `dimensions` here.' },
  output_dimensionality: { unless: isAbsent, why: '`output_dimensionality` is called `dimensions` here.' },
  output_dtype: { unless: (value) => isAbsent(value) || value === 'float', why: 'Only vectors of floats are served.' },
  embedding_types: { unless: isEmpty, why: 'Only vectors of floats are served.' },
  task_type: { unless: isAbsent, why: '`task_type` is called `input_type` here.' },
};

const known = Object.keys(embeddingsFields.shape);

/** Ids that are checked between two looks at the clock. */
const IDS_A_LOOK = 1_024;

/**
 * Reads a body, input by input; `defaults` stand where it says nothing. Throws `invalid_request_error` with the path of the first mistake as `param`; no message quotes
 * a value from the request.
 */
export function* parseEmbeddingsBody(
  body: unknown,
  defaults: Readonly<Record<string, unknown>> = {},
): Generator<void, EmbeddingsBody> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new MeshError('invalid_request_error', { message: 'The body must be a JSON object.' });
  }
  const fields: Readonly<Record<string, unknown>> = { ...defaults, ...body };
  refuseUnserved(fields, unserved);
  refuseSlipsIn(fields, known);
  const { success, data, error } = embeddingsFields.safeParse(fields);
  if (!success) throw toValidationError(error);
  const { input, input_type, encoding_format, ...others } = data;
  return {
    ...others,
    given: yield* readInputs(input),
    encoding: encoding_format ?? 'float',
    task: input_type == null ? null : inputTypes[input_type],
  };
}

/** A text, texts, ids of one text, or ids of several. */
function* readInputs(input: unknown): Generator<void, readonly (string | readonly number[])[]> {
  const several = Array.isArray(input) && typeof input[0] !== 'number' ? input : [input];
  if (several.length === 0) throw invalid('input', 'input: There is nothing to embed.');
  if (several.length > MAX_INPUTS) throw invalid('input', `input: There may be ${MAX_INPUTS} inputs at most.`);
  for (const [at, each] of several.entries()) {
    yield* checkInput(each, several === input ? `input.${at}` : 'input');
    yield;
  }
  return several;
}

function* checkInput(each: unknown, param: string): Generator<void, void> {
  if (typeof each !== 'string' && !Array.isArray(each)) {
    throw invalid(param, `${param}: It must be a text, or a list of ids of tokens.`);
  }
  if (each.length === 0) throw invalid(param, `${param}: It must not be empty.`);
  if (typeof each === 'string') return;
  for (let at = 0; at < each.length; at++) {
    if (!Number.isSafeInteger(each[at]) || each[at] < 0)
      throw invalid(`${param}.${at}`, `${param}.${at}: It must be the id of a token.`);
    if (at % IDS_A_LOOK === 0) yield;
  }
}
