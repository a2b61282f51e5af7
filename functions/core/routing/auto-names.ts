/** Names that leave the choice to the router; the last one is what OpenRouter's clients say. No model may have one. */
const autoNames: ReadonlySet<string> = new Set(['auto', 'mesh/auto', 'openrouter/auto']);

export function isAuto(name: string): boolean {
  return autoNames.has(name.trim().toLowerCase());
}
