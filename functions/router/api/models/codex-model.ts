import type { Model } from '../../../catalogue/catalogue.ts';
import { type EffortLevel, effortLevels } from '../../../core/endpoints/effort.ts';

/** What Codex CLI wants to know of a model, from `GET {base_url}/models?client_version=…`. It refuses a list of which one entry is wrong. */
export interface CodexModel {
  slug: string;
  display_name: string;
  description: string;
  default_reasoning_level: CodexEffort | null;
  supported_reasoning_levels: { effort: CodexEffort; description: string }[];
  shell_type: 'shell_command';
  visibility: 'list' | 'hide';
  supported_in_api: true;
  /** The lowest is shown first. */
  priority: number;
  service_tiers: never[];
  availability_nux: null;
  upgrade: null;
  base_instructions: string;
  supports_reasoning_summaries: boolean;
  support_verbosity: boolean;
  default_verbosity: null;
  /** `freeform`: a custom tool with a grammar, which the model is held to; null where nothing holds it to one. */
  apply_patch_tool_type: 'freeform' | null;
  truncation_policy: { mode: 'tokens'; limit: number };
  supports_parallel_tool_calls: boolean;
  /** Tokens. */
  context_window: number;
  max_context_window: number;
  experimental_supported_tools: never[];
  input_modalities: ('text' | 'image')[];
  supports_search_tool: false;
  use_responses_lite: false;
}

/** Tokens of one tool's output that Codex keeps. */
const TOOL_OUTPUT_TOKENS = 10_000;

const levels = {
  none: 'Does not think first',
  minimal: 'Thinks as little as it can',
  low: 'Thinks a little',
  medium: 'Thinks as much as most tasks need',
  high: 'Thinks for long',
  xhigh: 'Thinks as long as it likes',
} as const;
/** The levels that Codex knows; another would cost it the whole list. */
type CodexEffort = keyof typeof levels;

/** Where effort is a budget, names are turned into one. */
const ofBudgets: readonly EffortLevel[] = ['low', 'medium', 'high'];

/**
 * What takes the place of the prompt that Codex has built in for models it knows: it is written for no model in particular.
 */
const BASE_INSTRUCTIONS = `You are a coding agent in a terminal on your user's machine, run by the Codex CLI. You work in the user's own files by the tools you are given, and by nothing else.

- Find out before you act: read the files that a task is about, and any AGENTS.md in or above their folders. What the user says counts more than what such a file says.
- Go on until the task is done and shown to work: run what checks it, such as the project's tests, where you can. Say plainly what you could not check.
- Change what the task needs and no more. Keep to the style of the code around. Mend causes, not symptoms.
- Never undo changes that you did not make, and never commit, push or delete unless the user asks for it.
- With the tool \`apply_patch\`, where it is given, edit files by patches; else by the shell. Search with \`rg\` where it is there.
- A command that needs leave asks for it by its own parameters. Where leave is denied, find another way or say what you need.
- Before a longer stretch of work say in one sentence what you are about to do. End with a short account: what was changed, in which files, what is left. Name files by their paths.`;

/** `priority`: its place in the list. */
export function toCodexModel(model: Model, priority: number): CodexModel {
  const { capabilities, endpoints } = model;
  const supported = capabilities.has('reasoning') ? effortsOf(model) : [];
  return {
    slug: model.id,
    display_name: model.name,
    description: model.description ?? '',
    default_reasoning_level: supported.includes('medium') ? 'medium' : (supported[0] ?? null),
    supported_reasoning_levels: supported.map((effort) => ({ effort, description: levels[effort] })),
    shell_type: 'shell_command',
    visibility: capabilities.has('tools') ? 'list' : 'hide',
    supported_in_api: true,
    priority,
    service_tiers: [],
    availability_nux: null,
    upgrade: null,
    base_instructions: BASE_INSTRUCTIONS,
    supports_reasoning_summaries: capabilities.has('reasoning'),
    support_verbosity: endpoints.some(({ request }) => request.fields.includes('verbosity')),
    default_verbosity: null,
    apply_patch_tool_type: endpoints.every(keepsGrammars) ? 'freeform' : null,
    truncation_policy: { mode: 'tokens', limit: TOOL_OUTPUT_TOKENS },
    supports_parallel_tool_calls: capabilities.has('tools'),
    context_window: model.contextLength,
    max_context_window: model.contextLength,
    experimental_supported_tools: [],
    input_modalities: capabilities.has('vision') ? ['text', 'image'] : ['text'],
    supports_search_tool: false,
    use_responses_lite: false,
  };
}

/** OpenAI's own API: elsewhere a tool with a grammar is a function of one string. */
function keepsGrammars({ format, request }: Model['endpoints'][number]): boolean {
  return format === 'responses' && request.unknown === 'pass';
}

/** The levels that an endpoint takes, weakest first. */
function effortsOf({ endpoints }: Model): CodexEffort[] {
  const taken = new Set<EffortLevel>(
    endpoints
      .filter(({ capabilities }) => capabilities.has('reasoning'))
      .flatMap(({ reasoning }) => (reasoning.effortLevels.length > 0 ? reasoning.effortLevels : ofBudgets)),
  );
  return effortLevels.filter((level): level is CodexEffort => taken.has(level) && level in levels);
}
