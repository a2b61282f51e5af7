import { createRequire, enableCompileCache, flushCompileCache, registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type JestRuntime from 'jest-runtime';
import { type Globals, setGlobals } from './native-globals.ts';

const require = createRequire(import.meta.url);
const { default: Runtime } = require('jest-runtime') as typeof JestRuntime;

const GLOBALS = new URL('native-globals.ts', import.meta.url).href;
/** Where Jest's framework keeps who listens to a file's tests. */
const LISTENERS = Symbol.for('EVENT_HANDLERS');

// The package of this name is empty outside of Jest's own module loader.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@jest/globals'
      ? { url: GLOBALS, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
});

/**
 * Loads test files as Node itself loads modules: types are stripped by Node, and what several files of a worker import is
 * evaluated once. Jest's own runtime evaluates everything again for each file, in a context of its own; that is what most of
 * the time of a run went into. The price: files of one worker share modules and globals, so a test may not rely on a module
 * that nobody has used. Mocks of modules, `resetModules` and coverage aren't to be had.
 */
export default class NativeRuntime extends Runtime {
  readonly #testPath: string;

  constructor(...args: ConstructorParameters<typeof Runtime>) {
    super(...args);
    const [{ cacheDirectory }, , , , , , testPath] = args;
    this.#testPath = testPath;
    // The next run finds types stripped and code compiled.
    enableCompileCache(join(cacheDirectory, 'compiled'));
  }

  override unstable_shouldLoadAsEsm(): boolean {
    return true;
  }

  override unstable_importModule(path: string): Promise<unknown> {
    setGlobals(this.requireModuleOrMock<Globals>(this.#testPath, '@jest/globals'));
    return import(pathToFileURL(path).href);
  }

  /** A worker may be ended before it would write what it has compiled. */
  override teardown(): void {
    super.teardown();
    flushCompileCache();
  }

  /** Jest asks for its test framework this way, and expects it without any test of another file. */
  override requireInternalModule<T>(path: string): T {
    Reflect.deleteProperty(globalThis, LISTENERS);
    delete require.cache[path];
    return require(path);
  }
}
