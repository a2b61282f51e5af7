type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What a client is called that says who it is by `User-Agent`. The first that fits counts. */
const clients: readonly [RegExp, string][] = [
  [/^claude-cli\//i, 'claude-code'],
  [/^codex[-_](cli_rs|tui|exec|vscode)\b/i, 'codex'],
  [/^GeminiCLI\b/i, 'gemini-cli'],
  [/^opencode\//i, 'opencode'],
  [/^Cursor\//i, 'cursor'],
  [/\bcline\b/i, 'cline'],
  [/^continue\//i, 'continue'],
  [/^Zed\//i, 'zed'],
  [/^aider\//i, 'aider'],
  [/^n8n\//i, 'n8n'],
  [/copilot/i, 'copilot'],
];

/** Libraries, which say what a client was made with: the least that can be said of it. */
const libraries: readonly [RegExp, string][] = [
  [/^(Async)?OpenAI\/JS\b/i, 'openai-js'],
  [/^(Async)?OpenAI\/Python\b/i, 'openai-python'],
  [/^(Async)?Anthropic\/JS\b/i, 'anthropic-js'],
  [/^(Async)?Anthropic\/Python\b/i, 'anthropic-python'],
];

/** What a name of a client may look like to be kept: a title of an application. */
const NAME = /^[\w .:/+()'&-]{1,64}$/;

/**
 * The program that a request came from: the name that it gives itself in `X-Source`, or a known one's by its `User-Agent`, or the
 * title or else the host that it sends as OpenRouter's clients do; at last the library that it was made with. Null where none of
 * them says anything that can be kept.
 */
export function clientOf(headers: Headers): string | null {
  const agent = text(headers['user-agent']);
  return (
    nameOf(headers['x-source']) ??
    among(clients, agent) ??
    nameOf(headers['x-title']) ??
    hostOf(text(headers['http-referer']) || text(headers.referer)) ??
    among(libraries, agent)
  );
}

function nameOf(value: Headers[string]): string | null {
  const name = text(value).trim();
  return NAME.test(name) ? name : null;
}

function among(known: readonly [RegExp, string][], agent: string): string | null {
  return known.find(([pattern]) => pattern.test(agent))?.[1] ?? null;
}

/** Of an address the host alone: what follows may name a person or a matter. */
function hostOf(address: string): string | null {
  return URL.canParse(address) ? nameOf(new URL(address).host) : null;
}

function text(value: Headers[string]): string {
  return typeof value === 'string' ? value : '';
}
