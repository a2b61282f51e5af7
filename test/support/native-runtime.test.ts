import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import NativeRuntime from './native-runtime.ts';

test('the framework of a file is loaded for it, and nobody of another file listens to its tests', () => {
  const name = Symbol.for('EVENT_HANDLERS');
  const path = createRequire(import.meta.url).resolve('jest-circus');
  const load = () => NativeRuntime.prototype.requireInternalModule.call({} as NativeRuntime, path);
  const before = Reflect.get(globalThis, name);
  try {
    const frameworks = [load(), load()];
    expect(frameworks[0]).not.toBe(frameworks[1]);
    // Its own two.
    expect(Reflect.get(globalThis, name)).toHaveLength(2);
  } finally {
    Reflect.set(globalThis, name, before);
  }
});
