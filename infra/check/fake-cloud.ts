import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Stands in place of `gcloud` and of `terraform`, by whose name it is called: writes down what it is told, and answers and refuses
 * as they would, as far as one step of a deployment needs another. `FAKE_CLOUD` names the folder of what it knows.
 */
interface Cloud {
  buckets: string[];
  /** Whether Terraform has opened its state. */
  open: boolean;
  /** Resources that were made. `*`: all. */
  made: string[];
  /** Secrets that have a version. */
  values: string[];
  images: string[];
}

const folder = process.env.FAKE_CLOUD ?? '';
const file = join(folder, 'cloud.json');
const nothing: Cloud = { buckets: [], open: false, made: [], values: [], images: [] };
const cloud: Cloud = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : nothing;

const name = basename(process.argv[2] ?? '');
const args = process.argv.slice(3);
const words = args.filter((arg) => !arg.startsWith('-'));
const option = (flag: string) => args.find((arg) => arg.startsWith(`${flag}=`))?.slice(flag.length + 1);
const isMade = (resource: string) => cloud.made.includes('*') || cloud.made.includes(resource);

function refuse(message: string): never {
  console.error(`${name}: ${message}`);
  process.exit(1);
}

function need(is: boolean, message: string): void {
  if (!is) refuse(message);
}

function gcloud(): void {
  const called = words.join(' ');
  if (called.startsWith('storage buckets create ')) cloud.buckets.push(words[3] ?? '');
  else if (called.startsWith('storage buckets update ')) need(cloud.buckets.includes(words[3] ?? ''), 'no such bucket');
  else if (called.startsWith('secrets versions add ')) {
    need(isMade('google_secret_manager_secret.held'), 'no such secret');
    need(readFileSync(0, 'utf8') !== '', 'the value is empty');
    cloud.values.push(words[3] ?? '');
  } else if (called.startsWith('artifacts docker images describe ')) {
    need(cloud.images.includes(words[4] ?? ''), 'NOT_FOUND: image not found');
    console.log(`sha256:${'b'.repeat(64)}`);
  } else if (called.startsWith('builds submit')) {
    for (const resource of ['google_artifact_registry_repository_iam_member.build', 'google_project_service.used']) {
      need(isMade(resource), `${resource} is missing`);
    }
    const image = option('--substitutions')?.replace('_IMAGE=', '') ?? '';
    need(!cloud.images.includes(image), 'the tag is immutable');
    cloud.images.push(image);
  } else if (called.startsWith('scheduler jobs ')) need(isMade('google_cloud_scheduler_job.jobs'), 'no such job');
}

function terraform(): void {
  const [command] = words;
  if (command === 'init') {
    const bucket = args.find((arg) => arg.startsWith('-backend-config=bucket='))?.split('=')[2];
    need(cloud.buckets.includes(`gs://${bucket}`), 'no such bucket');
    writeFileSync('infra/.terraform.lock.hcl', '# as the registry has it\n');
    cloud.open = true;
    return;
  }
  need(cloud.open, 'the state is not open');
  if (command === 'output') {
    console.log(process.env.FAKE_URL);
    return;
  }
  need(existsSync(join('infra', option('-var-file') ?? '')), 'no such file of values');
  const targets = args.filter((arg) => arg.startsWith('-target=')).map((arg) => arg.slice('-target='.length));
  if (targets.length === 0) {
    for (const secret of ['mesh-admin-key', 'mesh-seal-key', 'mesh-user-key']) {
      need(cloud.values.includes(secret), `${secret} has no version: the router does not start`);
    }
    const image = option('-var')?.replace('image=', '') ?? '';
    need(/@sha256:b{64}$/.test(image), 'no such image');
  }
  cloud.made.push(...(targets.length === 0 ? ['*'] : targets));
}

appendFileSync(join(folder, 'calls.txt'), `${name} ${args.join(' ')}\n`);
if (name === 'gcloud') gcloud();
else terraform();
writeFileSync(file, JSON.stringify(cloud));
