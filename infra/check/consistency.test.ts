import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import indexFile from '../../emulators/firestore.indexes.json' with { type: 'json' };
import { builtinFiles } from '../../functions/catalogue/builtin.ts';
import { buildCatalogue } from '../../functions/catalogue/load-catalogue.ts';
import { PROVIDER_KEY_SECRETS } from '../../functions/core/provider-keys/provider-key.ts';
import { SEAL_SECRET, USER_SECRET } from '../../functions/core/seal/own-secrets.ts';
import { topics } from '../../functions/platform/events/events.ts';
import { MAIL_SECRET } from '../../functions/webhooks/open-deliverer.ts';
import { type Block, hasFile, readInfra, type Source } from './read-infra.ts';

// What the code uses is in infra/, and what is in infra/ the code uses. Without Terraform: HCL is only parsed.

const functions = fileURLToPath(new URL('../../functions', import.meta.url));
const METRICS = `${functions}/platform/telemetry/metric-names.ts`;

/** Read by the code, and for good reason not set in production. */
const UNSET: Readonly<Record<string, string>> = {
  PORT: 'Cloud Run says it',
  FIRESTORE_EMULATOR_HOST: 'production has no emulator',
  MESH_HOST: 'production listens on all addresses',
  MESH_LOG_FORMAT: 'production has no terminal',
  MESH_PRIVATE_PROVIDERS: 'owners’ providers are public in the cloud',
  MESH_FX_URL: 'one source, by its older name',
  MESH_METRICS: 'follows from whether there is a collector',
  OTEL_EXPORTER_OTLP_HEADERS: 'the collector on the loopback asks for none',
};

const hasTelemetry = existsSync(METRICS);
/** Telemetry is a part of its own: without it there is nothing to compare, and that is said. */
const testTelemetry = hasTelemetry ? test : test.skip;
if (!hasTelemetry)
  console.warn('functions/platform/telemetry is not there: metrics and its variables are not compared.');

let sources: Source[] = [];
beforeAll(async () => {
  sources = await readInfra();
});

const source = (file: string): Source => {
  const found = sources.find((each) => each.file === file);
  if (found === undefined) throw new Error(`infra/${file} is missing.`);
  return found;
};
const modules = () => sources.flatMap((each) => each.modules.map((module) => ({ ...module, file: each.file })));
const resources = (type: string) =>
  sources.flatMap((each) =>
    each.resources.filter((one) => one.type === type).map((one) => ({ ...one, file: each.file })),
  );

/** Text of the code below a folder of `functions/`, tests left out. */
function codeOf(folder: string): string {
  const files = readdirSync(`${functions}/${folder}`, { recursive: true, encoding: 'utf8' });
  const ours = files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  return ours.map((name) => readFileSync(`${functions}/${folder}/${name}`, 'utf8')).join('\n');
}

const matches = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? '')),
];
/** Names of variables that code reads, as `env.NAME`. */
const readVariables = (text: string) => matches(text, /\benv\.([A-Z][A-Z0-9_]+)\b/g);
/** Names of variables that an expression of HCL sets. */
const setVariables = (value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.keys(value)
    : matches(String(value ?? ''), /\b([A-Z][A-Z0-9_]{3,})\s*=[^=]/g);
/** Strings in an expression of HCL. */
const strings = (expression: unknown) => matches(String(expression), /"([^"$]+)"/g);
const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

/** Functions as their entries register them: name, kind, and the bundle that holds them. */
const registered = ['usage', 'fx', 'sweep', 'webhooks'].flatMap((bundle) => {
  const entry = readFileSync(`${functions}/${bundle}/index.ts`, 'utf8');
  return [...entry.matchAll(/^(cloudEvent|http)\('([^']+)'/gm)].map((match) => ({
    name: match[2] ?? '',
    signature: match[1] === 'http' ? 'http' : 'cloudevent',
    bundle,
  }));
});

describe('functions', () => {
  test('every function is a service, and every service a function', () => {
    const deployed = modules()
      .filter(({ body }) => body.target !== undefined)
      .map(({ body }) => ({ name: body.target, signature: body.signature ?? 'http', bundle: body.bundle }));
    const byName = (one: { name: unknown }, other: { name: unknown }) =>
      String(one.name) < String(other.name) ? -1 : 1;
    expect(deployed.sort(byName)).toEqual([...registered].sort(byName));
  });

  test('a service has the name of its function, and stands with its account and permissions in one file', () => {
    for (const { name, body, file } of modules()) {
      expect(body.name).toBe(body.target ?? name);
      const own = source(file).resources;
      expect(own.filter((one) => one.type === 'google_service_account').map((one) => one.name)).toContain(name);
      expect(
        own.filter((one) => one.type === 'google_cloud_run_v2_service_iam_member').map((one) => one.name),
      ).toContain(`${name}_callers`);
    }
  });

  test('every bundle that a service names is built', () => {
    const { scripts } = JSON.parse(readFileSync(`${functions}/../package.json`, 'utf8'));
    for (const { body } of modules())
      expect(scripts.build).toContain(` ${body.bundle}=functions/${body.bundle}/index.ts`);
  });

  test('a function that hears of messages has a subscription, one that is called a job', () => {
    const pushes = Object.values(source('messaging.tf').locals.pushes as Record<string, Block>);
    const jobs = Object.values(source('scheduler.tf').locals.jobs as Record<string, Block>);
    const called = (of: readonly Block[]) =>
      sorted(of.map(({ uri }) => String(uri).replace(/^\$\{module\.(\w+)\.uri\}$/, '$1')));
    const named = (signature: string) =>
      sorted(registered.filter((one) => one.signature === signature).map(({ name }) => name.replaceAll('-', '_')));
    expect(called(pushes)).toEqual(named('cloudevent'));
    expect(called(jobs)).toEqual(named('http'));
  });
});

describe('environment variables', () => {
  const shared = () => setVariables(source('modules/service/main.tf').locals.telemetry_env);
  const telemetry = hasTelemetry ? readVariables(codeOf('platform/telemetry')) : [];
  const setFor = (bundle: string) =>
    sorted(
      modules()
        .filter(({ body }) => body.bundle === bundle)
        .flatMap(({ body }) => [...setVariables(body.env), ...setVariables(body.secret_env)]),
    );

  test.each(['router', 'usage', 'fx', 'sweep', 'webhooks'])(
    '%s is given what it reads, and reads what it is given',
    (bundle) => {
      const read = readVariables(codeOf(bundle)).filter((name) => !(name in UNSET));
      const ownFx = bundle === 'router' ? read.filter((name) => name !== 'MESH_FX_URLS') : read;
      expect(setFor(bundle).filter((name) => !telemetry.includes(name) || read.includes(name))).toEqual(sorted(ownFx));
    },
  );

  testTelemetry('every function is given what telemetry reads', () => {
    const given = [...shared(), ...setFor('router')];
    expect(sorted(telemetry.filter((name) => !(name in UNSET) && !given.includes(name)))).toEqual([]);
    expect(shared().filter((name) => !telemetry.includes(name))).toEqual([]);
  });

  test('nothing is excused that is not read', () => {
    const all = readVariables(codeOf('.'));
    const excused = Object.keys(UNSET).filter((name) => hasTelemetry || !/^(OTEL_|MESH_METRICS)/.test(name));
    expect(excused.filter((name) => !all.includes(name))).toEqual([]);
  });
});

describe('messages', () => {
  const topicResources = () => resources('google_pubsub_topic').flatMap(({ body }) => strings(body.for_each));

  test('every topic is there, and every other topic is a dead letter of one', () => {
    const pushes = Object.values(source('messaging.tf').locals.pushes as Record<string, Block>);
    const dead = pushes.map(({ dead_letter }) => String(dead_letter));
    expect(sorted(topicResources())).toEqual(sorted([...topics, ...dead]));
  });

  test('every topic is heard of', () => {
    const { pushes, warehouses } = source('messaging.tf').locals as Record<string, Record<string, Block | string>>;
    const heard = [
      ...Object.values(pushes ?? {}).map((push) => (push as Block).topic),
      ...Object.values(warehouses ?? {}),
    ];
    expect(sorted(heard.map(String))).toEqual(sorted([...topics, ...heard.map(String)]));
  });

  test('whoever publishes may, and nobody else', () => {
    for (const { name, body, file } of modules()) {
      const grants = source(file).resources.filter((one) => one.type === 'google_pubsub_topic_iam_member');
      const granted = grants.some((one) => one.name === name);
      const entry = readFileSync(`${functions}/${body.bundle}/index.ts`, 'utf8');
      const publishes = name === 'router' || publisherPattern(String(body.target)).test(entry);
      expect({ name, granted }).toEqual({ name, granted: publishes });
    }
  });

  test('a subscription has the name that the emulators give it', () => {
    const consumers = matches(
      readFileSync(`${functions}/../emulators/functions.ts`, 'utf8').match(/const consumers = \[[^\]]*\]/)?.[0] ?? '',
      /'(\w+)'/g,
    );
    expect(consumers.length).toBeGreaterThan(0);
    const pushes = source('messaging.tf').locals.pushes as Record<string, Block>;
    expect(Object.keys(pushes)).toEqual(expect.arrayContaining(consumers.map((name) => `usage-${name}`)));
  });
});

/** A handler that is given the port for events. */
function publisherPattern(target: string): RegExp {
  return new RegExp(`^(?:cloudEvent|http)\\('${target}'(?:(?!^\\}\\);)[\\s\\S])*\\bevents\\b`, 'm');
}

describe('documents', () => {
  const collections = matches(codeOf('core'), /^export const [A-Z_]+ = '([a-z_]+)';/gm);
  const named = [...indexFile.indexes, ...indexFile.fieldOverrides].map(({ collectionGroup }) => collectionGroup);

  test('infra/ and the emulators are given the same indexes', () => {
    expect(source('firestore.tf').locals.firestore).toContain('emulators/firestore.indexes.json');
  });

  test('every collection with an index is one of the code', () => {
    expect(sorted(named).filter((name) => !collections.includes(name))).toEqual([]);
  });

  test('what goes by itself is what the sweep takes away by its own end, and lines of charges', () => {
    const names = new Map(
      [...codeOf('core').matchAll(/^export const ([A-Z_]+) = '([a-z_]+)';/gm)].map((match) => [match[1], match[2]]),
    );
    const tidied = matches(codeOf('sweep'), /pastDue\(documents, ([A-Z_]+), 'expires_at', now, \{\}\)/g);
    const fleeting = indexFile.fieldOverrides.filter((field) => 'ttl' in field && field.ttl === true);
    expect(sorted(fleeting.map(({ collectionGroup }) => collectionGroup))).toEqual(
      sorted(['entries', ...tidied.map((name) => names.get(name) ?? name)]),
    );
  });
});

describe('secrets', () => {
  test('every secret that the catalogue names is there, and no other', () => {
    const held = source('variables.tf').variables.upstream_secrets?.default as string[];
    const catalogue = buildCatalogue([...builtinFiles], { vars: { project: 'mesh-test-000000' } });
    expect(sorted(held)).toEqual(sorted(catalogue.secretNames()));
  });

  test('so is Azure’s, where there is a resource of ours', () => {
    const vars = { project: 'mesh-test-000000', azure_resource: 'acme' };
    const held = source('variables.tf').variables.upstream_secrets?.default as string[];
    const more = [...buildCatalogue([...builtinFiles], { vars }).secretNames()].filter((name) => !held.includes(name));
    expect(more).toHaveLength(1);
    expect(source('secrets.tf').locals.provider_secrets).toContain(`var.azure_resource == null ? [] : ["${more[0]}"]`);
  });

  test('so are those that the router has for itself', () => {
    const own = source('secrets.tf').locals.own_secrets as string[];
    expect(own.slice(1)).toEqual([SEAL_SECRET, USER_SECRET]);
  });

  test('owners’ provider keys have the prefix that the code gives them, and none of ours has it', () => {
    expect(source('secrets.tf').locals.provider_key_prefix).toBe(PROVIDER_KEY_SECRETS);
    const { secretNames } = buildCatalogue([...builtinFiles], { vars: { project: 'mesh-test-000000' } });
    const ours = [...secretNames(), SEAL_SECRET, USER_SECRET, MAIL_SECRET, 'mesh-admin-key'];
    expect(ours.filter((name) => name.startsWith(PROVIDER_KEY_SECRETS))).toEqual([]);
  });

  test('no value of a secret comes into the state', () => {
    expect(resources('google_secret_manager_secret_version')).toEqual([]);
  });
});

describe('alerts', () => {
  test('every alert has a playbook, and every playbook an alert', () => {
    const { alerts, logged_alerts, other_alerts } = source('alerts.tf').locals;
    const raised = [alerts, logged_alerts].flatMap((table) => Object.keys(table as Block));
    const names = [...raised, ...(other_alerts as string[])];
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !hasFile(`operate/playbooks/${name}.md`))).toEqual([]);
    const books = readdirSync(fileURLToPath(new URL('../operate/playbooks', import.meta.url)));
    expect(sorted(books)).toEqual(sorted(names.map((name) => `${name}.md`)));
  });

  testTelemetry('every metric that the code has is known to infra/, and no other', async () => {
    const { metricNames } = (await import(METRICS)) as { metricNames: Record<string, string> };
    const known = strings(source('telemetry.tf').locals.metrics).filter((name) => /^(mesh|gen_ai)\./.test(name));
    expect(sorted(known)).toEqual(sorted(Object.values(metricNames)));
  });

  test('alerts and charts ask for metrics that are known', () => {
    const known = strings(source('telemetry.tf').locals.metrics);
    const asked = ['alerts.tf', 'dashboard.tf'].flatMap((file) =>
      matches(JSON.stringify(source(file).locals), /local\.(?:metrics|rate|p50|p99)\[\\+"([^"\\]+)\\+"\]/g),
    );
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('the operator’s catalogue', () => {
  const only = (type: string) => {
    const of = resources(type).filter(({ body }) => /catalogue/.test(JSON.stringify(body)));
    expect(of).toHaveLength(1);
    return JSON.stringify(of[0]?.body);
  };

  test('is a bucket whose older versions can be had back, and that nobody makes public', () => {
    const bucket = only('google_storage_bucket');
    expect(bucket).toMatch(/"versioning":\[?\{"enabled":true/);
    expect(bucket).toContain('"public_access_prevention":"enforced"');
    expect(bucket).toContain('"uniform_bucket_level_access":true');
  });

  test('is read by the router and by whoever compares a plan, and written by no account of ours', () => {
    const grants = resources('google_storage_bucket_iam_member')
      .filter(({ body }) => /catalogue/.test(JSON.stringify(body)))
      .map(({ body }) => `${body.role} ${body.member}`);
    expect(grants.sort()).toEqual([
      expect.stringMatching(/^roles\/storage\.objectViewer .*service_account\.deployer/),
      expect.stringMatching(/^roles\/storage\.objectViewer .*service_account\.router\.member/),
    ]);
    const mounted = modules().filter(({ body }) => body.files !== undefined);
    expect(mounted.map(({ name }) => name)).toEqual(['router']);
  });

  test('is there from the start, and what an operator writes into it no deployment takes back', () => {
    expect(only('google_storage_bucket_object')).toMatch(/ignore_changes.*content/);
  });

  test('is mounted to be read, and looked at again within a second', () => {
    const service = JSON.stringify(source('modules/service/main.tf').resources);
    expect(service).toContain('"read_only":true');
    expect(service).toContain('metadata-cache-ttl-secs=1');
  });
});

describe('permissions, read off the text', () => {
  const members = () => sources.flatMap(({ file, resources: all }) => all.map((one) => ({ ...one, file })));

  test('nothing is public but the router', () => {
    const open = members().filter(({ body }) => /allUsers|allAuthenticatedUsers/.test(JSON.stringify(body)));
    expect(open.map(({ file, name }) => `${file} ${name}`)).toEqual(['service_router.tf router_callers']);
  });

  test('no role is wider than its use', () => {
    const roles = members().flatMap(({ type, body }) => (/_iam_member$/.test(type) ? [String(body.role)] : []));
    expect(roles.length).toBeGreaterThan(20);
    expect(roles.filter((role) => /^roles\/(owner|editor|viewer|.*\.admin)$/.test(role))).toEqual([]);
  });

  test('permissions are added one by one, so that nobody else’s are taken away', () => {
    const kinds = members().map(({ type }) => type);
    expect(kinds.filter((type) => /_iam_(binding|policy)$/.test(type))).toEqual([]);
  });

  test('no account has a key', () => {
    expect(resources('google_service_account_key')).toEqual([]);
  });

  test('only the router’s account reads secrets, and that of webhooks what it signs and mails with', () => {
    const readers = members().filter(({ body }) => String(body.role).startsWith('roles/secretmanager.'));
    expect(readers.map(({ body }) => body.member)).toEqual([
      expect.stringContaining('google_service_account.router.member'),
      expect.stringContaining('google_service_account.webhooks.member'),
    ]);
    const { mail_secrets, webhooks_secrets } = source('secrets.tf').locals;
    expect([mail_secrets, webhooks_secrets].map(String)).toEqual([
      expect.stringContaining(MAIL_SECRET),
      expect.stringContaining(`["${USER_SECRET}"], local.mail_secrets`),
    ]);
  });

  test('the rights over owners’ provider keys are of the router alone, by their prefix', () => {
    const granted = members().filter(({ body }) => String(body.role).includes('provider_key_'));
    expect(granted.map(({ body }) => String(body.member))).toEqual(
      Array(2).fill(expect.stringContaining('google_service_account.router.member')),
    );
    const keeper = granted.find(({ body }) => String(body.role).includes('provider_key_keeper'));
    expect(JSON.stringify(keeper?.body.condition)).toMatch(
      /startsWith\(.*projects\/\$\{var\.project_number\}\/secrets\/\$\{local\.provider_key_prefix\}/,
    );
  });
});
