import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { SEAL_SECRET, USER_SECRET } from '../../core/seal/own-secrets.ts';
import { readConfig } from './config.ts';
import { knownVariables } from './known-variables.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('every variable of ours that code reads is known, and no other', () => {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'functions'], {
    cwd: root,
    encoding: 'utf8',
  });
  const sources = files.split('\n').filter((path) => /(?<!\.test)\.ts$/.test(path) && existsSync(root + path));
  const read = sources.flatMap((path) =>
    [...readFileSync(root + path, 'utf8').matchAll(/\benv\.(MESH_[A-Z_]+)/g)].map(([, name]) => name),
  );
  const secrets = [SEAL_SECRET, USER_SECRET].map((name) => name.toUpperCase().replaceAll('-', '_'));
  expect([...knownVariables].sort()).toEqual([...new Set([...read, ...secrets])].sort());
});

describe('a variable that nobody reads', () => {
  test.each([
    ['MESH_STROE', 'MESH_STORE'],
    ['MESH_LOGS', 'MESH_LOG'],
    ['MESHADMIN_KEY', 'MESH_ADMIN_KEY'],
    ['MESH_CORS_ORIGIN', 'MESH_CORS_ORIGINS'],
  ])('%s stops the start, and %s is named', (name, meant) => {
    expect(() => readConfig({ [name]: 'x' })).toThrow(`There is no variable ${name}; did you mean ${meant}?`);
  });

  test('is somebody else’s where it is like none of ours, or where ours is set as well', () => {
    expect(() => readConfig({ MESH_TEST_SUMMARY: 'x', MESHTASTIC: 'x' })).not.toThrow();
    expect(() => readConfig({ MESH_LOGS: 'x', MESH_LOG: 'warn' })).not.toThrow();
  });
});

describe('a region', () => {
  test('that was mistyped stops the start, and the nearest is named', () => {
    expect(() => readConfig({ MESH_REGION: 'us-centrall' })).toThrow(
      'MESH_REGION: there is no region us-centrall; did you mean us-central1?',
    );
    expect(() => readConfig({ MESH_REGION: 'locl' })).toThrow('did you mean local?');
  });

  test('of the operator’s own is taken', () => {
    expect(readConfig({ MESH_REGION: 'cellar' }).region).toBe('cellar');
    expect(readConfig({ MESH_REGION: 'eu-west-1' }).region).toBe('eu-west-1');
  });
});

describe('who may reach it', () => {
  test('is this machine alone with SQLite, everybody with Firestore, or as it is said', () => {
    const cloud = { MESH_STORE: 'firestore', GOOGLE_CLOUD_PROJECT: 'p', MESH_DEMO: 'on' };
    expect(readConfig({}).host).toBe('127.0.0.1');
    expect(readConfig(cloud).host).toBeNull();
    expect(readConfig({ ...cloud, MESH_HOST: '::1' }).host).toBe('::1');
    expect(readConfig({ MESH_HOST: '0.0.0.0' }).host).toBe('0.0.0.0');
  });
});
