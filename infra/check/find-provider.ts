import { access, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The provider, as Terraform names it below a folder of plugins: its versions are folders of this one. */
const PROVIDER = join('registry.terraform.io', 'hashicorp', 'google');
/** `versions.tf` takes these. */
const MAJOR = '8.';

/** Folders in which Terraform itself looks for plugins, and the one that `MESH_TF_PLUGIN_DIR` names, first. */
export function pluginFolders(env: Readonly<Record<string, string | undefined>>): string[] {
  const named = env.MESH_TF_PLUGIN_DIR ? [env.MESH_TF_PLUGIN_DIR] : [];
  const cached = env.TF_PLUGIN_CACHE_DIR ? [env.TF_PLUGIN_CACHE_DIR] : [];
  const own = join(homedir(), '.terraform.d');
  return [...named, join(own, 'plugins'), join(own, 'plugin-cache'), ...cached, '/usr/local/share/terraform/plugins'];
}

/** The first folder with a provider of the right version for this system, or null. */
export async function findProvider(folders: readonly string[], system = currentSystem()): Promise<string | null> {
  for (const folder of folders) {
    const versions = await readdir(join(folder, PROVIDER)).catch(() => []);
    for (const version of versions.filter((name) => name.startsWith(MAJOR))) {
      const found = await access(join(folder, PROVIDER, version, system)).then(
        () => true,
        () => false,
      );
      if (found) return folder;
    }
  }
  return null;
}

/** As Terraform names systems: `linux_amd64`. */
export function currentSystem(): string {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return `${process.platform === 'win32' ? 'windows' : process.platform}_${arch}`;
}
