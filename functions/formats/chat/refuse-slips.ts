import { chatRequestSchema, routingPolicySchema } from '../pivot/chat-request.ts';
import { refuseSlipsIn } from '../shared/refuse-slips-in.ts';

type Fields = Readonly<Record<string, unknown>>;

const known = Object.keys(chatRequestSchema.shape);
const knownOfProvider = Object.keys(routingPolicySchema.shape.provider.unwrap().shape);

/**
 * Refuses a field of a chat request that is unknown and one slip away from one that is known. Other unknown fields are for
 * endpoints that may know them.
 */
export function refuseSlips(body: Fields): void {
  refuseSlipsIn(body, known);
  const { provider } = body;
  if (typeof provider === 'object' && provider !== null)
    refuseSlipsIn(provider as Fields, knownOfProvider, 'provider.');
}
