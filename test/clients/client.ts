import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What a client speaks: an operation of ours. */
export const surfaces = ['chat', 'responses', 'messages', 'gemini'] as const;
export type Surface = (typeof surfaces)[number];

/** `client.json` of a program. */
const manifest = z.strictObject({
  /** As people call it. */
  name: z.string(),
  /** The package whose version is told. */
  package: z.string().default(''),
  /** What is told instead, where only a program's requests are replayed. */
  version: z.string().optional(),
  /** One that speaks several is a client for each, and is told which it is to speak. */
  surface: z.union([z.enum(surfaces).transform((surface) => [surface]), z.array(z.enum(surfaces))]),
  /** Whether it shows the model's reasoning, and sends back what was signed: always, or of whole answers alone. */
  reasoning: z.enum(['none', 'shown', 'kept whole', 'kept']),
  /** Why a case can't be tried: `abort`, `abort whole`, `abort whole responses`, or a mode alone. */
  lacks: z.record(z.string(), z.string()).default({}),
  /** Special cases that it is tried with. */
  also: z.array(z.string()).default([]),
  /** Whether it is tried with nothing else. */
  onlyAlso: z.boolean().default(false),
});

/** A client that is tried: a folder of `programs/` with its program, its lock file and its `client.json`. */
export interface Client extends Omit<z.infer<typeof manifest>, 'surface' | 'version'> {
  surface: Surface;
  /** Name of its folder. */
  id: string;
  language: 'node' | 'python' | 'go';
  version: string;
}

export const PROGRAMS = join(import.meta.dirname, 'programs');

/** Every client there is, by the names of their folders. */
export function readClients(): Client[] {
  return readdirSync(PROGRAMS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(PROGRAMS, entry.name, 'client.json')))
    .flatMap(({ name }) => readClient(name))
    .sort((a, b) => surfaces.indexOf(a.surface) - surfaces.indexOf(b.surface) || a.id.localeCompare(b.id));
}

function readClient(id: string): Client[] {
  const read = (file: string) => readFileSync(join(PROGRAMS, id, file), 'utf8');
  const parsed = manifest.parse(JSON.parse(read('client.json')));
  const found = (language: Client['language'], version: string | undefined): Client[] => {
    if (version === undefined) throw new Error(`${id}: its lock file has no ${parsed.package}.`);
    return parsed.surface.map((surface) => ({ ...parsed, id, language, version, surface }));
  };
  if (existsSync(join(PROGRAMS, id, 'package-lock.json'))) {
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version: string }> };
    return found('node', parsed.version ?? packages[`node_modules/${parsed.package}`]?.version);
  }
  const line = (file: string, between: string) =>
    read(file)
      .split('\n')
      .map((each) => each.replace(/^require /, '').trim())
      .find((each) => each.startsWith(parsed.package + between))
      ?.slice(parsed.package.length + between.length);
  if (existsSync(join(PROGRAMS, id, 'requirements.txt'))) return found('python', line('requirements.txt', '=='));
  return found('go', line('go.mod', ' v'));
}
