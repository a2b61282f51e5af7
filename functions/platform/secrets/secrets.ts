/** A secret's text and the version it was read at. */
export interface Secret {
  value: string;
  version: string;
}

/**
 * Upstream credentials by name (`openai-api-key`), without white space around them. `get` returns null where there is no
 * such secret or an empty one, and throws where the store cannot be reached. Values never appear in errors.
 */
export interface Secrets {
  get(name: string, version?: string): Promise<Secret | null>;
  close(): Promise<void>;
}
