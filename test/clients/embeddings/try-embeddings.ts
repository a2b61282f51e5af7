import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Tiktoken } from 'js-tiktoken/lite';
import cl100k from 'js-tiktoken/ranks/cl100k_base';
import { builtinAt } from '../../support/builtin-at.ts';
import { embeddingAnswer, vectorOf } from '../../support/embedding-answers.ts';
import { startScriptedUpstream } from '../../support/scripted-upstream.ts';
import { startMesh } from '../../support/start-mesh.ts';
import { embeddingsRefusal } from '../../support/strict-embeddings.ts';
import { type Client, readClients } from '../client.ts';
import { clientEnvironment } from '../environment.ts';
import { installClient } from '../install.ts';

/**
 * Real clients ask for embeddings, each as it does by itself: `node test/clients/embeddings/try-embeddings.ts`. The providers
 * refuse what theirs would. Prints a line for each try; ends with 1 where one failed.
 */

const CLIENTS = ['openai-python', 'langchain-python', 'litellm'];
const TRY_LIMIT_MS = 60_000;
/** An address at which nothing listens: whatever is asked beyond this machine ends there. */
const NOWHERE = 'http://127.0.0.1:9';
const DIMENSIONS = 1_024;
const MODELS = [
  'openai/text-embedding-3-small',
  'google/gemini-embedding-001',
  'mistralai/mistral-embed',
  'cohere/embed-v4',
];
const CHAT_MODEL = 'openai/gpt-4o-mini';
/** Where tiktoken keeps what it would fetch: a hash of the address that it would fetch it from. */
const VOCABULARY = '9b5ad71b2ce5302211f9c61530b329a4922fc6a4';

interface Told {
  vectors?: number[][];
  error?: { status: number; code: string | null };
}

const texts = ['Hello from Mesh', 'नमस्ते, यह दूसरा पाठ है', 'the third text 🙂'];
const tokenizer = new Tiktoken(cl100k);

const upstream = await startScriptedUpstream((request) => embeddingAnswer(request, DIMENSIONS), {
  strict: embeddingsRefusal,
});
const catalogue = builtinAt(upstream.url);
// Here all vectors are of one length.
for (const model of Object.values(catalogue.models) as { embedding?: object }[])
  if (model.embedding !== undefined)
    Object.assign(model, { embedding: { ...model.embedding, dimensions: DIMENSIONS } });
const mesh = await startMesh({ catalogue });
const { key } = await mesh.makeOwner();
const home = await mkdtemp(join(tmpdir(), 'mesh-embeddings-'));
let failed = 0;
try {
  await layVocabulary(join(home, 'tiktoken'));
  for (const id of CLIENTS) {
    const client = readClients().find((each) => each.id === id);
    if (client !== undefined) await tryClient(client);
  }
} finally {
  await mesh.close();
  await upstream.close();
  await rm(home, { recursive: true });
}
process.exitCode = failed === 0 ? 0 : 1;

async function tryClient(client: Client): Promise<void> {
  const installed = await installClient(client);
  if ('missing' in installed) return tell(client, 'is installed', installed.missing);
  const ask = (model: string) => run(join(installed.folder, 'venv/bin/python'), client.id, model);
  for (const model of MODELS) {
    const before = upstream.requests.length;
    const told = await ask(model);
    const sent = JSON.parse(upstream.requests.slice(before).at(-1)?.body ?? '{}');
    const isWell = isDeepStrictEqual(told.vectors, expectedOf(client.id, model));
    const how = Array.isArray(sent.input?.[0]) ? 'ids of tokens' : 'texts';
    tell(client, `${model}, which gets ${how}`, isWell ? null : JSON.stringify(told).slice(0, 300));
  }
  const { error } = await ask(CHAT_MODEL);
  tell(client, 'a chat model is refused', error?.status === 400 ? null : JSON.stringify(error));
}

/** Only OpenAI gets ids, of LangChain alone; the vector here is of what the provider got. */
function expectedOf(client: string, model: string): number[][] {
  const asIds = client === 'langchain-python' && model.startsWith('openai/');
  return texts.map((text) => vectorOf(asIds ? tokenizer.encode(text) : text, DIMENSIONS));
}

function tell({ name, version }: Client, what: string, trouble: string | null): void {
  if (trouble !== null) failed++;
  process.stdout.write(
    `${trouble === null ? 'pass' : 'FAIL'}  ${name} ${version}: ${what}${trouble === null ? '' : `: ${trouble}`}\n`,
  );
}

async function run(python: string, id: string, model: string): Promise<Told> {
  const task = JSON.stringify({ base_url: `${mesh.url}/v1`, key, model, texts });
  const env = { ...clientEnvironment(home, NOWHERE), TIKTOKEN_CACHE_DIR: join(home, 'tiktoken') };
  const child = spawn(python, [join(import.meta.dirname, `${id}.py`), task], { env, timeout: TRY_LIMIT_MS });
  let said = '';
  let complained = '';
  child.stdout.on('data', (bytes) => {
    said += bytes;
  });
  child.stderr.on('data', (bytes) => {
    complained += bytes;
  });
  await once(child, 'close');
  try {
    return JSON.parse(said.trim().split('\n').at(-1) ?? '') as Told;
  } catch {
    throw new Error(`${id} said nothing that can be read: ${complained.slice(-500)}`);
  }
}

/** The vocabulary as OpenAI publishes it, so that LangChain need not fetch it. */
async function layVocabulary(folder: string): Promise<void> {
  const lines: string[] = [];
  for (const line of cl100k.bpe_ranks.split('\n')) {
    const [, first, ...tokens] = line.split(' ');
    for (const [at, token] of tokens.entries()) lines[Number(first) + at] = `${token} ${Number(first) + at}\n`;
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, VOCABULARY), lines.join(''));
}
