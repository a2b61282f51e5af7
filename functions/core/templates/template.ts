/** `templates/{id}`: the newest version of each. */
export const TEMPLATES = 'templates';
/** `template_versions/{id}.{version}`: the newest `MAX_VERSIONS`, that one too. */
export const TEMPLATE_VERSIONS = 'template_versions';
/** `template_names/{owner and name}`: which template an owner calls so. Made with it, so that no two have one name. */
export const TEMPLATE_NAMES = 'template_names';

/** Of one owner. */
export const MAX_TEMPLATES = 500;
/** Of one template; the oldest go. */
export const MAX_VERSIONS = 50;
/** Of one version, as JSON. */
export const MAX_TEMPLATE_BYTES = 65_536;

/** What a template says. Its text stands in its own documents and nowhere else. */
export interface TemplateContent {
  description: string | null;
  /** What the system says, before everything else. */
  system: string | null;
  /** Messages of a chat request, before the caller's own. */
  messages: readonly Readonly<Record<string, unknown>>[];
  /** Stands where neither the request nor its key names one. */
  model: string | null;
  /** Fields of a chat request, which stand where neither the request nor its key says anything. */
  params: Readonly<Record<string, unknown>>;
  /** What its texts leave open: `{{ name }}`. */
  variables: readonly string[];
}

export interface Template {
  id: string;
  ownerId: string;
  /** Unique among its owner's. */
  name: string;
  /** From 1; each change makes the next. */
  version: number;
  content: TemplateContent;
}
