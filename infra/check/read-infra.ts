import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from '@cdktn/hcl2json';

const infra = fileURLToPath(new URL('..', import.meta.url));

/** A block's attributes: literals as they are, expressions as `${…}`. */
export type Block = Readonly<Record<string, unknown>>;

/** One file of `infra/`, as a parser of HCL sees it. */
export interface Source {
  file: string;
  resources: readonly { type: string; name: string; body: Block }[];
  modules: readonly { name: string; body: Block }[];
  variables: Readonly<Record<string, Block>>;
  locals: Block;
}

/** Reads every `.tf` file of `infra/` and of the module `service`. */
export function readInfra(): Promise<Source[]> {
  const files = ['.', 'modules/service'].flatMap((folder) =>
    readdirSync(`${infra}/${folder}`)
      .filter((name) => name.endsWith('.tf'))
      .map((name) => (folder === '.' ? name : `${folder}/${name}`)),
  );
  return Promise.all(
    files.map(async (file) => toSource(file, await parse(file, readFileSync(`${infra}/${file}`, 'utf8')))),
  );
}

/** Whether `infra/` has this file. */
export const hasFile = (path: string): boolean => existsSync(`${infra}/${path}`);

type Blocks = Record<string, Block[]>;

function toSource(file: string, parsed: Record<string, unknown>): Source {
  const resources = Object.entries((parsed.resource ?? {}) as Record<string, Blocks>);
  return {
    file,
    resources: resources.flatMap(([type, named]) =>
      Object.entries(named).flatMap(([name, bodies]) => bodies.map((body) => ({ type, name, body }))),
    ),
    modules: Object.entries((parsed.module ?? {}) as Blocks).flatMap(([name, bodies]) =>
      bodies.map((body) => ({ name, body })),
    ),
    variables: Object.fromEntries(
      Object.entries((parsed.variable ?? {}) as Blocks).map(([name, bodies]) => [name, bodies[0] ?? {}]),
    ),
    locals: Object.assign({}, ...((parsed.locals ?? []) as Block[])),
  };
}
