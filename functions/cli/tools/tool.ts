import type { Context } from '../terminal/context.ts';

/** Where a tool is pointed at. */
export interface ToolTarget {
  /** The router, without `/v1`. */
  url: string;
  key: string;
  /** Null where the tool's own default is served. */
  model: TargetModel | null;
  /** Names of all models that can be asked with tools. */
  models: readonly string[];
}

export interface TargetModel {
  id: string;
  contextLength: number;
}

/** How a tool is started: variables (null takes one away) and arguments before the user's own. No secret is an argument. */
export interface Launch {
  env: Readonly<Record<string, string | null>>;
  args: readonly string[];
}

/** One value in a settings file. */
export interface SettingKey {
  /** Names from the outside in; in a file of lines the section, if any, and the name. */
  path: readonly string[];
  value: unknown;
  isSecret?: boolean;
}

export interface SettingsFile {
  /** Where it is, by the tool's own variable or in the user's folder. */
  path(user: User): string;
  format: 'json' | 'toml' | 'env' | 'yaml';
  keys: readonly SettingKey[];
}

/** Whose settings they are. */
export type User = Pick<Context, 'env' | 'home'>;

/** A program that people use models with. */
export interface Tool {
  name: string;
  title: string;
  program: string;
  install: string;
  /** Models that it asks for by itself; null where it has to be told one. */
  asksFor: RegExp | null;
  /** What has to stand in its settings already where it is launched, since no variable says it. */
  wants?: readonly SettingsFile[];
  launch(target: ToolTarget): Launch;
  settings(target: ToolTarget): SettingsFile[];
}
