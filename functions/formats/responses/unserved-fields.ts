import { isAbsent, isEmpty, isOneOf, type Unserved } from '../shared/refuse-unserved.ts';

const isOff = (value: unknown) => isAbsent(value) || value === false;

/** Fields of the Responses API that change what a request costs, or does, in ways that are not served: refused, never ignored. */
export const unservedFields: Readonly<Record<string, Unserved>> = {
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
