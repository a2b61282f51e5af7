import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runCommand } from '../../emulators/run-command.ts';
import { currentSystem, findProvider, pluginFolders } from './find-provider.ts';

/** Version 8.0.0 of the provider, as the Go proxy knows it: its tags lack the suffix that Go wants of a major version. */
const GO_VERSION = 'v1.20.1-0.20260828184646-f3721fb45fa3';
const environments = ['envs/dev.tfvars', 'envs/prod.tfvars', 'tests/organisation.tfvars'];
/** A plan asks nothing of Google where nothing is there yet: a token that is none is enough. */
const OFFLINE = { GOOGLE_OAUTH_ACCESS_TOKEN: 'none' };
const NO_IMAGE = `none/none@sha256:${'0'.repeat(64)}`;

const root = fileURLToPath(new URL('../..', import.meta.url));

const WITHOUT_PROVIDER = `
SKIPPED: terraform init, validate and test. There is no provider hashicorp/google 8 in
  ${pluginFolders(process.env).join('\n  ')}
To have it from the registry:
  terraform providers mirror -platform=${currentSystem()} ~/.terraform.d/plugins   (in infra/)
To build it, which takes some minutes:
  go install github.com/hashicorp/terraform-provider-google@${GO_VERSION}
  to=~/.terraform.d/plugins/registry.terraform.io/hashicorp/google/8.0.0/${currentSystem()}
  mkdir -p "$to" && cp "$(go env GOPATH)/bin/terraform-provider-google" "$to/terraform-provider-google_v8.0.0_x5"
Or name a folder of plugins in MESH_TF_PLUGIN_DIR.`;

const WITHOUT_TERRAFORM = `
SKIPPED: everything. There is no terraform on the PATH; 1.11 or later is needed.`;

/**
 * Checks `infra/` with Terraform as far as this machine has what that needs, and says what it left out. The checks run in a
 * copy, so that neither a lockfile nor `.terraform/` of a test gets into the sources.
 */
async function main(): Promise<void> {
  if (!(await hasTerraform())) {
    console.warn(WITHOUT_TERRAFORM);
    return;
  }
  await terraform(join(root, 'infra'), 'fmt', '-check', '-diff', '-recursive');
  const plugins = await findProvider(pluginFolders(process.env));
  if (plugins === null) {
    console.warn(WITHOUT_PROVIDER);
    return;
  }
  const copy = await mkdtemp(join(tmpdir(), 'mesh-infra-'));
  try {
    await testCopy(copy, plugins);
  } finally {
    await rm(copy, { recursive: true });
  }
}

async function testCopy(copy: string, plugins: string): Promise<void> {
  const infra = join(copy, 'infra');
  const isOurs = (path: string) => !/[/\\]\.terraform(\.lock\.hcl)?([/\\]|$)/.test(path);
  await cp(join(root, 'infra'), infra, { recursive: true, filter: isOurs });
  await cp(join(root, 'emulators'), join(copy, 'emulators'), { recursive: true });
  await terraform(infra, 'init', '-backend=false', '-input=false', `-plugin-dir=${plugins}`);
  await terraform(infra, 'validate');
  for (const environment of environments) await terraform(infra, 'test', `-var-file=${environment}`);
  await writeFile(join(infra, 'here_override.tf'), 'terraform {\n  backend "local" {}\n}\n');
  await terraform(infra, 'init', '-reconfigure', '-input=false', `-plugin-dir=${plugins}`);
  for (const environment of environments) {
    await terraform(
      infra,
      'plan',
      '-input=false',
      '-refresh=false',
      `-var-file=${environment}`,
      `-var=image=${NO_IMAGE}`,
    );
  }
}

async function hasTerraform(): Promise<boolean> {
  return promisify(execFile)('terraform', ['version']).then(
    () => true,
    () => false,
  );
}

async function terraform(folder: string, ...args: string[]): Promise<void> {
  const command = ['terraform', `-chdir=${folder}`, ...args];
  console.log(`\n$ terraform ${args.join(' ')}`);
  const code = await runCommand(command, { ...process.env, ...OFFLINE, CHECKPOINT_DISABLE: '1' });
  if (code !== 0) throw new Error(`terraform ${args.join(' ')} ended with ${code}.`);
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
