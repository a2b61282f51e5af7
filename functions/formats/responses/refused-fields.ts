import { MeshError } from '../../core/errors.ts';

interface Rule {
  /** Whether a value asks for nothing. */
  unless: (value: unknown) => boolean;
  why: string;
}

const isAbsent = (value: unknown) => value === undefined || value === null;
const isOff = (value: unknown) => isAbsent(value) || value === false;
const isEmpty = (value: unknown) => isAbsent(value) || (Array.isArray(value) && value.length === 0);
const isOneOf =
  (...taken: readonly string[]) =>
  (value: unknown) =>
    isAbsent(value) || taken.includes(String(value));

/** Fields of the Responses API that change what a request costs, or does, in ways that are not served: refused, never ignored. */
const refused: Readonly<Record<string, Rule>> = {
  previous_response_id: {
    unless: isAbsent,
    why: 'Answers are not stored, so there is none to go on from: send the whole conversation in `input`.',
  },
  conversation: {
    unless: isAbsent,
    why: 'Conversations are not stored: send the whole conversation in `input`.',
  },
  background: { unless: isOff, why: 'Answers are not stored, so none can be made in the background: leave it out.' },
  prompt: { unless: isAbsent, why: 'Prompts that are stored at a provider are not served: send the text itself.' },
  truncation: {
    unless: isOneOf('disabled'),
    why: 'Nothing is left out of the input, whatever its length: only `disabled` is served.',
  },
  context_management: {
    unless: isEmpty,
    why: 'Compaction by the provider is billed beside the answer; it is not served.',
  },
  moderation: { unless: isAbsent, why: 'Moderation beside the answer is not served.' },
  image: { unless: isAbsent, why: 'Images are not made.' },
  service_tier: {
    unless: isOneOf('auto', 'default', 'standard'),
    why: 'Only the standard service tier is served.',
  },
};

/** Throws `invalid_request_error` for the first field that is not served, with what to do instead. */
export function refuseUnserved(body: Readonly<Record<string, unknown>>): void {
  for (const [param, { unless, why }] of Object.entries(refused)) {
    if (!unless(body[param])) throw new MeshError('invalid_request_error', { param, message: why });
  }
}
