import { describe, expect, test } from '@jest/globals';
import type { SecretVault } from './secret-vault.ts';

/** What every adapter of the vault does. */
export function describeVault(name: string, open: () => SecretVault | Promise<SecretVault>): void {
  describe(name, () => {
    test('gives what was put, under its name alone', async () => {
      const vault = await open();
      await vault.put('mesh-provider-key-a', 'sk-one');
      expect((await vault.get('mesh-provider-key-a'))?.value).toBe('sk-one');
      expect(await vault.get('mesh-provider-key-b')).toBeNull();
    });

    test('does not write over what is there', async () => {
      const vault = await open();
      await vault.put('mesh-provider-key-c', 'sk-one');
      await expect(vault.put('mesh-provider-key-c', 'sk-two')).rejects.toThrow();
      expect((await vault.get('mesh-provider-key-c'))?.value).toBe('sk-one');
    });

    test('has nothing of what was destroyed, also where it was not there', async () => {
      const vault = await open();
      await vault.put('mesh-provider-key-d', 'sk-one');
      await vault.destroy('mesh-provider-key-d');
      expect(await vault.get('mesh-provider-key-d')).toBeNull();
      await vault.destroy('mesh-provider-key-d');
    });
  });
}
