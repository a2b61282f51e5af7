import type { Settings } from './read-settings.ts';

/** One command of a deployment, and what it is for. */
export interface Step {
  title: string;
  command: readonly string[];
}

export interface Deployment extends Settings {
  /** Names `envs/<environment>.tfvars`. */
  environment: string;
  /** The commit that is deployed; the image's tag, which is written once. */
  commit: string;
  /** Whether Terraform asks before it changes anything. */
  ask: boolean;
}

/** What has to be there before an image can be built. Terraform makes the rest once there is an image. */
const BUILD_RESOURCES = [
  'google_project_service.used',
  'google_artifact_registry_repository_iam_member.build',
  'google_storage_bucket_iam_member.build',
  'google_project_iam_member.build_logs',
];
/** Stands where an image is asked for and none is used. */
const NO_IMAGE = `none/none@sha256:${'0'.repeat(64)}`;

/** The image's name without tag and digest. */
export function repositoryOf({ home, projectId }: Settings): string {
  return `${home}-docker.pkg.dev/${projectId}/mesh/mesh`;
}

/** Fetches providers, and state from the environment's own bucket. */
export function initStep({ projectId }: Settings): Step {
  const backend = `-backend-config=bucket=${projectId}-mesh-state`;
  const command = ['terraform', '-chdir=infra', 'init', '-input=false', '-reconfigure', backend];
  return { title: 'Open the state', command };
}

/** Once for a project: the registry, and the account that builds. */
export function prepareStep(deployment: Deployment): Step {
  const targets = BUILD_RESOURCES.map((resource) => `-target=${resource}`);
  return { title: 'Make what builds need', command: [...apply(deployment, NO_IMAGE), ...targets] };
}

/** Builds from the sources of this folder and puts the image into the registry. */
export function buildSteps(deployment: Deployment): Step[] {
  const { projectId, home, commit } = deployment;
  const account = `projects/${projectId}/serviceAccounts/mesh-build@${projectId}.iam.gserviceaccount.com`;
  return [
    { title: 'Build here first: what does not build here need not be sent', command: ['npm', 'run', 'build'] },
    {
      title: 'Build and upload the image',
      command: [
        'gcloud',
        'builds',
        'submit',
        '--config=infra/deploy/cloudbuild.yaml',
        `--project=${projectId}`,
        `--region=${home}`,
        `--service-account=${account}`,
        `--gcs-source-staging-dir=gs://${projectId}-mesh-build/source`,
        `--substitutions=_IMAGE=${repositoryOf(deployment)}:${commit}`,
      ],
    },
  ];
}

/** Answers the digest, `sha256:…`, on standard output. */
export function digestStep(deployment: Deployment): Step {
  const image = `${repositoryOf(deployment)}:${deployment.commit}`;
  const format = '--format=value(image_summary.digest)';
  const command = ['gcloud', 'artifacts', 'docker', 'images', 'describe', image, format];
  return { title: 'Ask what was built', command };
}

/** Brings the project to what `infra/` says, with this image. */
export function applyStep(deployment: Deployment, image: string): Step {
  return { title: 'Apply', command: apply(deployment, image) };
}

/** Once for a project: the schedule would fetch the exchange rate within six hours. */
export function firstRateStep({ projectId, home }: Settings): Step {
  const command = ['gcloud', 'scheduler', 'jobs', 'run', 'fx-refresh', `--location=${home}`, `--project=${projectId}`];
  return { title: 'Fetch the exchange rate', command };
}

/** Answers where the API is reached, on standard output. */
export const urlStep: Step = {
  title: 'Ask where it is',
  command: ['terraform', '-chdir=infra', 'output', '-raw', 'url'],
};

function apply({ environment, ask }: Deployment, image: string): string[] {
  const unattended = ask ? [] : ['-input=false', '-auto-approve'];
  return [
    'terraform',
    '-chdir=infra',
    'apply',
    ...unattended,
    `-var-file=envs/${environment}.tfvars`,
    `-var=image=${image}`,
  ];
}
