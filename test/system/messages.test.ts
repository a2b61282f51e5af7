import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let client: Anthropic;
beforeAll(async () => {
  mesh = await startMesh();
  account = await mesh.makeOwner();
  client = new Anthropic({ apiKey: account.key, baseURL: mesh.url, maxRetries: 0 });
});
afterAll(async () => {
  await mesh.close();
});

const hello = { model: 'mesh/echo', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hello there' }] };

describe('through the official client', () => {
  test('whole', async () => {
    const message = await client.messages.create(hello);
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'mesh/echo',
      content: [{ type: 'text', text: 'Hello there' }],
      stop_reason: 'end_turn',
    });
    expect(message.usage.output_tokens).toBeGreaterThan(0);
  });

  test('streamed', async () => {
    const stream = client.messages.stream(hello);
    const message = await stream.finalMessage();
    expect(message.content).toMatchObject([{ type: 'text', text: 'Hello there' }]);
  });
});
