import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import type { Document, Documents } from '../../functions/core/store/documents.ts';
import { COLLECTIONS } from '../operate/restore-plan.ts';
import type { PlanPorts } from '../operate/run-plan.ts';

/** Whether a command fails before it does anything, or after: then its answer is lost. */
export type Failing = { nth: number; when: 'before' | 'after' } | null;

type Copy = Map<string, readonly Document[]>;

/**
 * A project for rehearsals of plans, in memory: refuses what Google would (a database that is there already, a copy that is not, a
 * job that is paused already), and what nobody should do while callers are let in. Its live database is a store with real books.
 */
export class StrictCloud implements PlanPorts {
  /** What was run, as on a command line. */
  readonly calls: string[] = [];
  readonly lines: string[] = [];
  readonly live: Documents;
  /** What point-in-time recovery has. */
  moment: Copy = new Map();
  doorOpen = true;
  readonly paused = new Set<string>();
  readonly versions: { name: string; value: string; enabled: boolean }[] = [];
  readonly seeks = new Map<string, string>();
  applied: string[] = [];
  replaced: string[] = [];
  failing: Failing = null;
  answers = true;
  readonly #databases = new Map<string, Copy>();
  readonly #exports = new Map<string, Copy>();
  #bucket = false;

  constructor(live: Documents) {
    this.live = live;
  }

  print = (line: string): void => void this.lines.push(line);
  ask = async (): Promise<boolean> => this.answers;

  run = async (
    command: readonly string[],
    { input }: { input?: string },
  ): Promise<{ code: number; output: string }> => {
    const nth = this.calls.push(command.join(' '));
    const fails = this.failing?.nth === nth ? this.failing.when : null;
    if (fails === 'before') return { code: 1, output: '' };
    const output = await this.#answer(command, input);
    return fails === 'after' || output === null ? { code: 1, output: '' } : { code: 0, output };
  };

  /** All documents of the live database, to be had back. */
  async copyLive(): Promise<Copy> {
    const copy: Copy = new Map();
    for (const collection of COLLECTIONS) copy.set(collection, await this.live.query({ collection }));
    return copy;
  }

  /** What a command says; null where it is refused. */
  async #answer(command: readonly string[], input: string | undefined): Promise<string | null> {
    const words = command.filter((word) => !word.startsWith('-'));
    const option = (flag: string) =>
      command.find((word) => word.startsWith(`--${flag}=`))?.slice(flag.length + 3) ?? '';
    const called = words.join(' ');
    const is = (...names: string[]) => called.startsWith(names.join(' '));
    const does = (act: () => void) => {
      act();
      return '';
    };
    if (is('gcloud compute security-policies rules update'))
      return does(() => (this.doorOpen = option('action') === 'allow'));
    if (is('gcloud run services get-iam-policy')) return this.doorOpen ? "['allUsers']" : '[]';
    if (is('gcloud run services remove-iam-policy-binding'))
      return this.doorOpen ? does(() => (this.doorOpen = false)) : null;
    if (is('gcloud run services add-iam-policy-binding')) return does(() => (this.doorOpen = true));
    if (is('gcloud run services update router') && command.some((word) => word.endsWith('invoker-iam-check'))) {
      return does(() => (this.doorOpen = command.includes('--no-invoker-iam-check')));
    }
    if (is('gcloud run services update router')) return does(() => this.replaced.push(option('region')));
    if (is('gcloud scheduler jobs')) return this.#schedule(words[3] ?? '', words[4] ?? '');
    if (is('gcloud secrets versions')) return this.#secret(words, command, option('secret'), input);
    if (is('gcloud pubsub subscriptions seek')) return does(() => this.seeks.set(words[4] ?? '', option('time')));
    if (is('terraform')) return words[1] === 'apply' ? does(() => (this.applied = [...command])) : '';
    if (is('npm run ledger:check')) return (await checkLedger(this.live)).faults.length === 0 ? '' : null;
    return this.#store(words, option);
  }

  #schedule(verb: string, job: string): string | null {
    const isPaused = this.paused.has(job);
    if (verb === 'describe') return isPaused ? 'PAUSED\n' : 'ENABLED\n';
    if ((verb === 'pause') === isPaused) return null;
    if (verb === 'pause') this.paused.add(job);
    else this.paused.delete(job);
    return '';
  }

  #secret(
    words: readonly string[],
    command: readonly string[],
    secret: string,
    input: string | undefined,
  ): string | null {
    const [, , , verb, name = ''] = words;
    if (verb === 'list')
      return this.versions
        .filter((one) => one.name === words[4] && one.enabled)
        .map(() => 'v')
        .join('\n');
    if (verb === 'add') {
      if (!input || !command.includes('--data-file=-')) return null;
      this.versions.push({ name, value: input, enabled: true });
      return '';
    }
    const version = this.versions.filter((one) => one.name === secret)[Number(name) - 1];
    if (version === undefined) return null;
    version.enabled = false;
    return '';
  }

  async #store(words: readonly string[], option: (flag: string) => string): Promise<string | null> {
    const called = words.slice(1, 4).join(' ');
    const database = option('database');
    if (called === 'firestore databases describe') return this.#databases.has(database) ? '' : null;
    if (called === 'firestore databases clone' || called === 'firestore databases restore') {
      const made = option('destination-database');
      if (this.#databases.has(made)) return null;
      this.#databases.set(made, this.moment);
      return '';
    }
    if (called === 'storage buckets describe') return this.#bucket ? '' : null;
    if (called === 'storage buckets create') {
      if (this.#bucket) return null;
      this.#bucket = true;
      return '';
    }
    const path = words[3] ?? '';
    if (words[1] === 'storage') return this.#exports.has(path.slice(0, path.lastIndexOf('/'))) ? '' : null;
    if (words[2] === 'export') {
      const copy = this.#databases.get(database);
      if (!this.#bucket || copy === undefined || this.#exports.has(path)) return null;
      this.#exports.set(path, copy);
      return '';
    }
    if (this.doorOpen || this.paused.size === 0 || database !== '(default)') return null;
    const copy = words[2] === 'import' ? this.#exports.get(path) : await this.copyLive();
    if (copy === undefined) return null;
    const named = words[2] === 'import' ? [...copy.keys()] : option('collection-ids').split(',');
    for (const collection of named) {
      for (const { id, data } of copy.get(collection) ?? []) {
        const place = { collection, id, expect: 'any' } as const;
        await this.live.commit([
          words[2] === 'import' ? { kind: 'set', data, ...place } : { kind: 'delete', ...place },
        ]);
      }
    }
    return '';
  }
}
