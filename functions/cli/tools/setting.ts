/** A value of a settings file, by the names that lead to it. Undefined: it is not there. */
export interface Setting {
  path: readonly string[];
  value: unknown;
}

/** One kind of settings file: texts in, texts out. All but what is set stays as it is. */
export interface SettingsText {
  /** Undefined where there is none. Throws an `Error` where the text is not of its kind. */
  read(text: string, path: readonly string[]): unknown;
  /** The text with a value set, or taken away where it is undefined. */
  edit(text: string, setting: Setting): string;
}
