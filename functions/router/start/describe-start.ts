export interface Started {
  port: number;
  /** The address that it listens on; null for all of them. */
  host: string | null;
  /** The demo owner's key. */
  inference: string;
  /** Null where the operator has given one: it is not printed. */
  admin: string | null;
  /** Names of the models that are served. */
  models: readonly string[];
}

const ECHO = 'mesh/echo';
/** The most names of models that are shown. */
const MOST_NAMES = 40;
const WIDTH = 80;
const INDENT = '    ';
const DEFAULT_PORT = 8080;

/** What a start shows: where it is, its own keys, what it serves, and lines that work when they are pasted. */
export function describeStart({ port, host, inference, admin, models }: Started): string {
  const url = `http://localhost:${port}`;
  const body = { model: ECHO, stream: true, messages: [{ role: 'user', content: 'Hello from Mesh' }] };
  const at = port === DEFAULT_PORT ? '' : ` --url ${url}`;
  return `
Mesh Router on ${url}/v1

${host === null ? '' : `  Reached by         ${whoReaches(host)}\n`}  Documents          ${url}/docs
  Console            ${url}/console/
  Demo owner's key   ${inference}
  Admin key          ${admin ?? 'from MESH_ADMIN_KEY'}

${describeModels(models)}

  curl -N ${url}/v1/chat/completions -H 'Authorization: Bearer ${inference}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'

  curl ${url}/v1/balance -H 'Authorization: Bearer ${inference}'

  npx mesh launch claude${at}
`;
}

function whoReaches(host: string): string {
  const isLoopback = host === '::1' || host === 'localhost' || host.startsWith('127.');
  return isLoopback ? 'this machine alone (MESH_HOST=0.0.0.0 lets others in)' : `those who reach ${host}`;
}

function describeModels(models: readonly string[]): string {
  if (models.length === 1 && models[0] === ECHO) {
    return `  Serving ${ECHO}; set OPENAI_API_KEY, ANTHROPIC_API_KEY, … for real models.`;
  }
  const shown = models.slice(0, MOST_NAMES);
  const more = models.length > shown.length ? [`and ${models.length - shown.length} more`] : [];
  return [`  Serving ${models.length} models:`, ...wrap([...shown, ...more])].join('\n');
}

function wrap(names: readonly string[]): string[] {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 2 + name.length < WIDTH) lines[lines.length - 1] = `${last}, ${name}`;
    else lines.push(`${INDENT}${name}`);
  }
  return lines;
}
