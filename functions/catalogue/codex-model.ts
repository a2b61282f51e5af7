import { type EffortLevel, effortLevels } from '../core/endpoints/effort.ts';
import type { Model } from './catalogue.ts';

/** Tokens of a tool's output that Codex keeps. */
export const CODEX_OUTPUT_TOKENS = 10_000;

/** A model as Codex reads it, which asks `GET {base}/models` and looks for `models` (state 0.171). */
export interface CodexModel {
  slug: string;
  display_name: string;
  description: string | null;
  default_reasoning_level: EffortLevel | null;
  supported_reasoning_levels: { effort: EffortLevel; description: string }[];
  shell_type: 'shell_command';
  visibility: 'list';
  supported_in_api: true;
  /** Its place in the list. */
  priority: number;
  service_tiers: never[];
  availability_nux: null;
  upgrade: null;
  base_instructions: string;
  supports_reasoning_summaries: boolean;
  support_verbosity: boolean;
  default_verbosity: null;
  apply_patch_tool_type: 'freeform' | null;
  truncation_policy: { mode: 'tokens'; limit: number };
  supports_parallel_tool_calls: boolean;
  context_window: number;
  experimental_supported_tools: never[];
  input_modalities: string[];
  supports_search_tool: false;
  use_responses_lite: false;
}

/** What Codex tells a model that it does not know itself. */
const INSTRUCTIONS = `You are a coding agent in the user's terminal. You work in the current directory with the tools you are given.

- Read the code that matters before you change it, and follow the instructions of AGENTS.md files on the way to it.
- Make the smallest change that solves the task, in the style of the code around it. Leave the work of others alone.
- Check what you did: run the tests or the program where that is possible, and say so where it is not.
- Go on until the task is done, or until you need to know something that only the user can say.
- At the end say in a few sentences what you changed, and what you could not check.`;

/** The models that can be agents: of those that chat, the ones that call tools. */
export function toCodexModels(models: readonly Model[]): CodexModel[] {
  return models.filter(({ type, capabilities }) => type === 'chat' && capabilities.has('tools')).map(toCodexModel);
}

function toCodexModel(model: Model, place: number): CodexModel {
  const levels = levelsOf(model);
  return {
    slug: model.id,
    display_name: model.name,
    description: model.description,
    default_reasoning_level: levels.includes('medium') ? 'medium' : (levels[0] ?? null),
    supported_reasoning_levels: levels.map((effort) => ({ effort, description: descriptions[effort] })),
    shell_type: 'shell_command',
    visibility: 'list',
    supported_in_api: true,
    priority: place,
    service_tiers: [],
    availability_nux: null,
    upgrade: null,
    base_instructions: INSTRUCTIONS,
    supports_reasoning_summaries: levels.length > 0,
    support_verbosity: model.endpoints.some(({ request }) => request.fields.includes('verbosity')),
    default_verbosity: null,
    // A patch is a text of a grammar, which only OpenAI's own API holds its models to.
    apply_patch_tool_type: model.endpoints.every(({ format }) => format === 'responses') ? 'freeform' : null,
    truncation_policy: { mode: 'tokens', limit: CODEX_OUTPUT_TOKENS },
    supports_parallel_tool_calls: true,
    context_window: model.contextLength,
    experimental_supported_tools: [],
    input_modalities: model.inputModalities.filter((modality) => modality === 'text' || modality === 'image'),
    supports_search_tool: false,
    use_responses_lite: false,
  };
}

const descriptions: Readonly<Record<EffortLevel, string>> = {
  none: 'No thinking',
  minimal: 'As little thinking as there is',
  low: 'Some thinking, quick answers',
  medium: 'Thinking as the task needs it',
  high: 'More thinking for hard tasks',
  xhigh: 'Much thinking for the hardest tasks',
  max: 'All the thinking there is',
};

/** What an endpoint without levels of its own takes for a hint. */
const hints: readonly EffortLevel[] = ['low', 'medium', 'high'];

function levelsOf({ endpoints, capabilities }: Model): EffortLevel[] {
  if (!capabilities.has('reasoning')) return [];
  const taken = new Set(
    endpoints.flatMap(({ reasoning }) => (reasoning.effortLevels.length > 0 ? reasoning.effortLevels : hints)),
  );
  return effortLevels.filter((level) => taken.has(level));
}
