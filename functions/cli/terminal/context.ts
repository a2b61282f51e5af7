/** What a command reads and where it speaks: the process, or what a test puts in its place. */
export interface Context {
  env: Readonly<Record<string, string | undefined>>;
  /** The user's own folder. */
  home: string;
  /** The folder that it was started in. */
  folder: string;
  /** Characters in a line of the terminal that standard output is; null where it is none. */
  columns: number | null;
  /** Whether standard error, where progress is told, is a terminal. */
  isWatched: boolean;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  /** To standard output, as it is. */
  write(text: string): void;
  /** To standard error, a line. */
  complain(text: string): void;
  fetch: typeof fetch;
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since this process began. */
  elapsed(): number;
  /** Reads `.env` into `env`, where there is one. */
  loadEnvFile(): void;
  /** How this program is started again: command and arguments. */
  self: readonly [string, ...string[]];
  /** Ends this process, whatever is still under way. */
  leave(): void;
}

/** Options that all commands take. */
export interface CommonOptions {
  url?: string;
  keyFile?: string;
  adminKeyFile?: string;
  json?: boolean;
}
