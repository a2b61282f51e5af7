import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { connectMesh } from '../support/mesh-client.ts';
import { spawnMesh } from '../support/mesh-process.ts';
import { json, type RecordedRequest, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { formatOfPath, refusalOf, type StrictProvider } from '../support/strict-upstream.ts';
import { TOOL_RESULT } from './answers.ts';
import type { Case } from './case.ts';
import { type Asked, openFront } from './front.ts';
import { type Job, numbersOf } from './job.ts';
import { targetCatalogue } from './targets.ts';

/** The words by which a request at a provider is known to be of a job. */
export const promptOf = (id: number, { prompt }: Case): string => `Job ${id}. ${prompt}`;
const JOB = /Job (\d+)\. /;

/** The longest that it is waited for a provider to hear that its client has left. */
const LEAVING_MS = 5_000;

/** What a key may do, where it is not to do as it likes. A cap is less than any answer costs. */
const limits = {
  good: {},
  capped: { spend_cap_usd: '0.000001', spend_cap_window: 'daily' },
  'used up': { rpm_limit: 1 },
} as const;

/** A router in a process of its own, strict providers of every format before it, and nothing beyond. */
export interface World {
  url: string;
  /** A new key; its owner has 10 USD, unless it is to have nothing. */
  openKey(kind: 'good' | NonNullable<Case['key']>): Promise<string>;
  /** What came with a key, in order. */
  askedWith(key: string): Asked[];
  /** What providers were asked for a job, in order. */
  requestsOf(id: number): RecordedRequest[];
  /** Whether the last answer of a job was given up, now or soon. */
  isAborted(id: number): Promise<boolean>;
  /** Hosts that somebody wanted to reach beyond this machine. */
  readonly wantedOutside: ReadonlySet<string>;
  /** An address where nothing is let through. */
  nowhere: string;
  /** A new folder, which goes with the world. */
  makeHome(name: string): Promise<string>;
  close(): Promise<void>;
}

export async function openWorld(jobs: readonly Job[]): Promise<World> {
  const jobById = new Map(jobs.map((job) => [job.id, job]));
  const folder = await mkdtemp(join(tmpdir(), 'mesh-clients-'));
  const upstream = await startScriptedUpstream(
    (request) => {
      const id = jobOf(request);
      const format = formatOfPath(request.path) ?? 'chat';
      const streamed = /stream/i.test(request.path) || JSON.parse(request.body).stream === true;
      const turn = request.body.includes(TOOL_RESULT) ? 1 : 0;
      const found = jobById.get(id)?.case;
      // A client that asks for what nobody told it to.
      if (found === undefined) return json({ error: { message: 'Whose request is this?' } }, 400);
      return found.answer({ format, streamed, turn, request });
    },
    {
      strict(request) {
        const [, provider = '', ...rest] = request.path.split('/');
        // What speaks a client's own language is sent what the client says, and these providers know only what we say.
        const surface = jobById.get(jobOf(request))?.client.surface;
        const format = formatOfPath(request.path);
        const isCount = format === null;
        const isRelay = isCount || (surface !== 'chat' && surface === format);
        const path = `/${rest.join('/')}`;
        return isRelay ? null : refusalOf(provider as StrictProvider, { body: request.body, path });
      },
    },
  );
  const wantedOutside = new Set<string>();
  const gate = createServer((request, response) => {
    wantedOutside.add(new URL(request.url ?? '', 'http://unknown').host);
    response.writeHead(403).end();
  });
  gate.on('connect', (request, socket) => {
    wantedOutside.add(request.url ?? '');
    // Whoever asked may have gone.
    socket.on('error', () => {});
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  gate.listen(0, '127.0.0.1');
  await once(gate, 'listening');

  const catalogue = join(folder, 'catalogue.json');
  await writeFile(catalogue, JSON.stringify(targetCatalogue(upstream.url, numbersOf(jobs))));
  const adminKey = makeKey('mak', randomBytes(KEY_BYTES));
  const mesh = await spawnMesh({
    MESH_STORE: `sqlite:${join(folder, 'mesh.db')}`,
    MESH_CATALOGUE: catalogue,
    MESH_ADMIN_KEY: adminKey,
    MESH_LOG: 'info',
  });
  const front = await openFront(mesh.url);
  const admin = connectMesh(mesh.url, adminKey);
  const requestsOf = (id: number) => upstream.requests.filter((request) => jobOf(request) === id);

  return {
    url: front.url,
    askedWith: (key) => front.asked.filter((each) => each.key === key),
    requestsOf,
    wantedOutside,
    nowhere: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    async openKey(kind) {
      if (kind === 'unknown') return makeKey('rsk', randomBytes(KEY_BYTES));
      if (kind === 'empty') {
        const owner = await admin.json('POST', '/v1/owners', adminKey, { name: 'Poor', currency: 'USD' });
        return (await admin.json('POST', '/v1/keys', adminKey, { owner_id: owner.id })).key;
      }
      const { key } = await admin.openAccount(limits[kind]);
      if (kind === 'used up') {
        const hello = { model: 'mesh/echo', messages: [{ role: 'user', content: 'Hello' }] };
        await admin.json('POST', '/v1/chat/completions', key, hello);
      }
      return key;
    },
    async isAborted(id) {
      const index = requestsOf(id).at(-1)?.index;
      const isIt = () => upstream.aborted.some((each) => each.index === index);
      const soon = new Promise<void>((resolve) => setTimeout(resolve, LEAVING_MS).unref());
      await Promise.race([upstream.until(isIt), soon]);
      return isIt();
    },
    async makeHome(name) {
      const home = join(folder, name);
      await mkdir(home, { recursive: true });
      return home;
    },
    async close() {
      front.close();
      await mesh.kill('SIGTERM');
      gate.closeAllConnections();
      gate.close();
      await upstream.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function jobOf({ body }: { body: string }): number {
  return Number(JOB.exec(body)?.[1] ?? -1);
}
