#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// What was compiled once, or freed of its types, is read back: a start takes half of the time. In the user's own folder, where
// nobody else can put anything.
enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mesh', 'compiled'));
const { main } = await import('./main.ts');
await main(process.env);
