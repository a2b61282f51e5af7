import type { DemoKeys } from './demo.ts';

/** What a first start shows: where it is, its own keys (`admin` is null where the operator has given one: it is not printed), and lines that work when they are pasted. */
export function describeDemo(
  port: number,
  { inference }: DemoKeys,
  admin: string | null,
  models: readonly string[],
): string {
  const url = `http://localhost:${port}/v1`;
  const model = 'mesh/echo';
  const body = { model, stream: true, messages: [{ role: 'user', content: 'Hello from Mesh' }] };
  const onlyEcho = models.length === 1 && models[0] === model;
  const served = onlyEcho
    ? 'Serving mesh/echo; set OPENAI_API_KEY, ANTHROPIC_API_KEY, … for real models.'
    : `Serving ${models.length} models.`;
  return `
Mesh Router on ${url}
${served}

  Demo owner's key   ${inference}
  Admin key          ${admin ?? 'from MESH_ADMIN_KEY'}

  curl -N ${url}/chat/completions -H 'Authorization: Bearer ${inference}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'

  curl ${url}/balance -H 'Authorization: Bearer ${inference}'
`;
}
