import type { PlanStep, Site } from './plan.ts';

/** What Mesh keeps in Firestore. */
export const COLLECTIONS = [
  'admin_keys',
  'alert_channels',
  'alert_rules',
  'alerts',
  'breakers',
  'catalogue',
  'catalogue_layers',
  'catalogue_versions',
  'changes',
  'claims',
  'deliveries',
  'doubts',
  'end_user_spending',
  'entries',
  'failed_requests',
  'figures',
  'holds',
  'keys',
  'leases',
  'marks',
  'outbox',
  'owners',
  'probes',
  'provider_keys',
  'rates',
  'refusals',
  'rollups',
  'sealed_secrets',
  'sessions',
  'spending',
  'store',
  'sweeps',
  'template_names',
  'template_versions',
  'templates',
  'turns',
  'windows',
] as const;

/** The database that functions use. */
const LIVE = '(default)';
/** The rule of `edge.tf` that holds for everything else. */
const LAST_RULE = '2147483647';
/** What publishes and writes by a schedule. */
const JOBS = ['sweep', 'fx-refresh'];

export interface Restore {
  /** A whole minute of the last seven days, or a daily backup's name. */
  from: { minute: string } | { backup: string };
  /** The database that it comes into. */
  database: string;
}

/**
 * Brings all documents back to a minute: closes what writes, gets the minute into a database of its own, and, once somebody has
 * looked at that, copies it over what is there, recounts the books, and opens again.
 */
export function restorePlan(site: Site, { from, database }: Restore): PlanStep[] {
  const { projectId, location } = site;
  const project = `--project=${projectId}`;
  const bucket = `gs://${projectId}-mesh-restore`;
  const exported = `${bucket}/${database}`;
  return [
    ...closeSteps(site),
    {
      title: 'Get what was then into a database of its own',
      done: { command: ['gcloud', 'firestore', 'databases', 'describe', `--database=${database}`, project] },
      command: [...fetchCommand(projectId, from), `--destination-database=${database}`, project],
    },
    {
      title: 'Make a place for its copy',
      done: { command: ['gcloud', 'storage', 'buckets', 'describe', bucket, project] },
      command: [
        ...['gcloud', 'storage', 'buckets', 'create', bucket, `--location=${location}`, project],
        '--uniform-bucket-level-access',
        '--public-access-prevention',
      ],
    },
    {
      title: 'Copy it out',
      done: { command: ['gcloud', 'storage', 'ls', `${exported}/${database}.overall_export_metadata`, project] },
      command: ['gcloud', 'firestore', 'export', exported, `--database=${database}`, project],
    },
    {
      ask: `All that came after is deleted now, in ${projectId}. Is what lies in ${database} what it should be?`,
      title: 'Delete what is there now: an import overwrites, and deletes nothing',
      command: [
        ...['gcloud', 'firestore', 'bulk-delete', `--collection-ids=${COLLECTIONS.join(',')}`],
        ...[`--database=${LIVE}`, project, '--quiet'],
      ],
    },
    {
      title: 'Copy it in',
      command: ['gcloud', 'firestore', 'import', exported, `--database=${LIVE}`, project],
    },
    {
      title: 'Recount the books',
      command: ['npm', 'run', 'ledger:check'],
      env: { MESH_STORE: 'firestore', MESH_DEMO: 'on', GOOGLE_CLOUD_PROJECT: projectId },
    },
    ...openSteps(site),
  ];
}

function fetchCommand(projectId: string, from: Restore['from']): string[] {
  const databases = ['gcloud', 'firestore', 'databases'];
  if ('backup' in from) return [...databases, 'restore', `--source-backup=${from.backup}`];
  const source = `--source-database=projects/${projectId}/databases/${LIVE}`;
  return [...databases, 'clone', source, `--snapshot-time=${from.minute}`];
}

/** Nobody may call, and no schedule runs. Streams that run end by themselves. */
function closeSteps(site: Site): PlanStep[] {
  return [...callers(site, false), ...JOBS.map((job) => schedule(site, job, 'pause', /^PAUSED/))];
}

function openSteps(site: Site): PlanStep[] {
  return [...JOBS.map((job) => schedule(site, job, 'resume', /^ENABLED/)), ...callers(site, true)];
}

function callers(site: Site, open: boolean): PlanStep[] {
  const { projectId, regions, edge, openBy } = site;
  const title = open ? 'Open the door' : 'Close the door';
  if (edge) {
    const rule = [
      'gcloud',
      'compute',
      'security-policies',
      'rules',
      'update',
      LAST_RULE,
      '--security-policy=mesh-edge',
    ];
    return [{ title, command: [...rule, `--action=${open ? 'allow' : 'deny-503'}`, `--project=${projectId}`] }];
  }
  return regions.map((region) => {
    const where = [`--region=${region}`, `--project=${projectId}`];
    const check = [
      'gcloud',
      'run',
      'services',
      'update',
      'router',
      open ? '--no-invoker-iam-check' : '--invoker-iam-check',
    ];
    if (openBy === 'no_check') return { title: `${title}, ${region}`, command: [...check, ...where] };
    const verb = open ? 'add-iam-policy-binding' : 'remove-iam-policy-binding';
    const binding = ['router', '--member=allUsers', '--role=roles/run.invoker'];
    const policy = [
      'gcloud',
      'run',
      'services',
      'get-iam-policy',
      'router',
      '--format=value(bindings.members)',
      ...where,
    ];
    const says = open ? /allUsers/ : /^(?![\s\S]*allUsers)/;
    const command = ['gcloud', 'run', 'services', verb, ...binding, ...where];
    return { title: `${title}, ${region}`, done: { command: policy, says }, command };
  });
}

function schedule({ projectId, regions }: Site, job: string, verb: 'pause' | 'resume', says: RegExp): PlanStep {
  const where = [job, `--location=${regions[0]}`, `--project=${projectId}`];
  return {
    title: `${verb === 'pause' ? 'Pause' : 'Resume'} ${job}`,
    done: { command: ['gcloud', 'scheduler', 'jobs', 'describe', ...where, '--format=value(state)'], says },
    command: ['gcloud', 'scheduler', 'jobs', verb, ...where],
  };
}
