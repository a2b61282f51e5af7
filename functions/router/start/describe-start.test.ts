import { describe, expect, test } from '@jest/globals';
import { describeStart } from './describe-start.ts';

const started = { port: 8787, host: '127.0.0.1', inference: 'rsk_demo', admin: 'mak_demo', models: ['mesh/echo'] };

test('a key that the operator has given is never shown', () => {
  expect(describeStart({ ...started, admin: null })).toContain('Admin key          from MESH_ADMIN_KEY');
  expect(describeStart({ ...started, admin: null })).not.toContain('mak_');
  expect(describeStart(started)).toContain('Admin key          mak_demo');
});

describe('what a start shows', () => {
  test('are the documents, the console, a line for curl and one for Claude Code, each with the port that it is on', () => {
    const text = describeStart(started);
    expect(text).toContain('http://localhost:8787/docs');
    expect(text).toContain('http://localhost:8787/console/');
    expect(text).toContain('curl -N http://localhost:8787/v1/chat/completions');
    expect(text).toContain('mesh launch claude --url http://localhost:8787');
    expect(describeStart({ ...started, port: 8080 })).toMatch(/mesh launch claude\n/);
  });

  test('is who reaches it, and how others would', () => {
    expect(describeStart(started)).toContain('this machine alone (MESH_HOST=0.0.0.0 lets others in)');
    expect(describeStart({ ...started, host: '10.0.0.7' })).toContain('those who reach 10.0.0.7');
    expect(describeStart({ ...started, host: null })).not.toContain('MESH_HOST');
  });

  test('is no wider than a terminal, but for what is pasted', () => {
    for (const host of ['127.0.0.1', null]) {
      const lines = describeStart({ ...started, host }).split('\n');
      expect(lines.filter((line) => line.length > 80 && !line.startsWith('  curl '))).toEqual([]);
    }
  });

  test('are the names of models in lines of 80 characters, forty at most', () => {
    const models = Array.from({ length: 50 }, (_, at) => `brand/model-${at}`);
    const lines = describeStart({ ...started, models }).split('\n');
    const named = lines.filter((line) => line.includes('brand/'));
    expect(named.join()).toContain('brand/model-39');
    expect(named.join()).not.toContain('brand/model-40');
    expect(lines.join()).toContain('and 10 more');
    expect(Math.max(...named.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });
});
