import { z } from 'zod';
import { MeshError } from '../../core/errors.ts';
import { openaiSurface } from '../../formats/chat/surface.ts';
import type { Call } from '../http/call.ts';
import type { Route } from '../http/route.ts';
import { sendAsset } from '../http/send-asset.ts';
import { type ConsoleFiles, readConsole } from './read-console.ts';

/** What has a hash of itself in its name is never another thing under that name. */
const IMMUTABLE = 'public, max-age=31536000, immutable';
const FILES = '/console/assets/';

let read: ConsoleFiles | null = null;

/** Every page is the same document: what it shows is decided in the browser, by its address. */
async function sendConsole(call: Call): Promise<undefined> {
  read ??= readConsole();
  if (!call.path.startsWith(FILES)) return sendAsset(call, read.page);
  const file = read.files.get(call.path.slice(FILES.length));
  if (file === undefined) throw new MeshError('not_found', { message: 'There is no such file of the console.' });
  return sendAsset(call, file, IMMUTABLE);
}

const page = {
  method: 'GET',
  tag: 'docs',
  access: 'open',
  surface: openaiSurface,
  replies: { 200: z.string() },
  text: true,
  conditional: true,
  handle: sendConsole,
} as const;

export const consoleRoutes: readonly Route<unknown>[] = [
  { ...page, path: '/console', operationId: 'getConsole', summary: 'The console, for a browser' },
  {
    ...page,
    path: '/console/{id+}',
    operationId: 'getConsolePage',
    summary: 'A page of the console, or a file that it is made of',
    errors: ['not_found'],
  },
];
