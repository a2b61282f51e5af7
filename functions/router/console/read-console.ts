import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type Asset, toAsset } from '../http/asset.ts';

/** Nothing from another host, no script and no style in the page, and no page around it. */
const POLICY =
  "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

export interface ConsoleFiles {
  page: Asset;
  /** By names that have a hash in them. */
  files: ReadonlyMap<string, Asset>;
}

/** Where `npm run console:build` puts them, or a folder of its own beside a bundle. */
const folder =
  import.meta.dirname === undefined ? join(__dirname, 'console') : join(import.meta.dirname, '../../console/dist');

/** Reads what the console was built into. */
export function readConsole(): ConsoleFiles {
  const names = readdirSync(join(folder, 'assets'));
  const files = names.map((name): [string, Asset] => {
    const type = types[extname(name)] ?? 'application/octet-stream';
    return [name, toAsset(type, readFileSync(join(folder, 'assets', name)))];
  });
  return {
    page: toAsset('text/html; charset=utf-8', readFileSync(join(folder, 'index.html')), POLICY),
    files: new Map(files),
  };
}
