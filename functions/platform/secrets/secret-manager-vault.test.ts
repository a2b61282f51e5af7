import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startSecretManager } from '../../../test/support/secret-manager.ts';
import { connectSecretManager } from './secret-manager-secrets.ts';
import { describeVault } from './vault-contract.ts';

let manager: Awaited<ReturnType<typeof startSecretManager>>;
beforeAll(async () => {
  manager = await startSecretManager();
});
afterAll(() => manager.close());
beforeEach(() => {
  manager.held.clear();
  manager.fail(null);
});

const connect = () => connectSecretManager({ projectId: 'demo', client: manager.client() });

describeVault('owners’ secrets in Secret Manager', () => connect());

test.each(['CreateSecret', 'AddSecretVersion'])('where %s is refused, put says so and quotes nothing', async (of) => {
  const vault = connect();
  manager.fail({ of, code: status.PERMISSION_DENIED });
  const error: unknown = await vault.put('mesh-provider-key-a', 'sk-one').catch((thrown: unknown) => thrown);
  expect(error).toEqual(new Error('Secret Manager could not be written (gRPC 7).'));
  expect((error as Error).cause).toBeUndefined();
  // What is left of it has no text, and goes as any other.
  expect(await vault.get('mesh-provider-key-a')).toBeNull();
  await vault.destroy('mesh-provider-key-a');
  expect([...manager.held]).toEqual([]);
  await vault.close();
});

test('where a secret cannot be deleted, destroy says so', async () => {
  const vault = connect();
  await vault.put('mesh-provider-key-a', 'sk-one');
  manager.fail({ of: 'DeleteSecret', code: status.UNAVAILABLE });
  await expect(vault.destroy('mesh-provider-key-a')).rejects.toThrow('Secret Manager could not be written (gRPC 14).');
  await vault.close();
});
