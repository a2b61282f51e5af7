import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findProvider, pluginFolders } from './find-provider.ts';

describe('the provider for Terraform', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-plugins-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const install = (version: string, system: string) =>
    mkdirSync(join(folder, 'registry.terraform.io', 'hashicorp', 'google', version, system), { recursive: true });

  test('is found in the first folder that has it for this system', async () => {
    install('8.0.0', 'linux_amd64');
    expect(await findProvider(['/nowhere', folder], 'linux_amd64')).toBe(folder);
  });

  test('of another system is none', async () => {
    install('8.0.0', 'darwin_arm64');
    expect(await findProvider([folder], 'linux_amd64')).toBeNull();
  });

  test('of another major version is none', async () => {
    install('7.30.0', 'linux_amd64');
    expect(await findProvider([folder], 'linux_amd64')).toBeNull();
  });

  test('is looked for first where it is said to be', () => {
    expect(pluginFolders({ MESH_TF_PLUGIN_DIR: folder })[0]).toBe(folder);
  });
});
