import { isRecord } from '../shared/is-record.ts';
import { invalid } from '../shared/refusals.ts';
import { isAbsent, isEmpty, isOneOf, refuseUnserved, type Unserved } from '../shared/refuse-unserved.ts';

type Fields = Readonly<Record<string, unknown>>;

const isOff = (value: unknown) => isAbsent(value) || value === false;

/**
 * Fields that change what a request costs, or that lie in our account at the provider, where every caller could reach them. The
 * catalogue has no price for them, so they are refused before anything is held.
 */
const costly: Readonly<Record<string, Unserved>> = {
  serviceTier: {
    unless: isOneOf('unspecified', 'standard', 'SERVICE_TIER_UNSPECIFIED', 'STANDARD'),
    why: 'Only the standard service tier is served.',
  },
  cachedContent: {
    unless: isAbsent,
    why: 'Caches that are kept at the provider are not served; what repeats is cached by itself.',
  },
  store: { unless: isOff, why: 'Nothing is stored at the provider.' },
  labels: { unless: isEmptyObject, why: 'Labels of the provider’s bill are not served.' },
  modelArmorConfig: { unless: isAbsent, why: 'Templates that lie at the provider are not served.' },
  continuationToken: { unless: isAbsent, why: 'Answers that the provider goes on with are not served.' },
  automaticContinuation: { unless: isOff, why: 'Answers that the provider goes on with are not served.' },
  generationOutputConfig: { unless: isAbsent, why: 'Answers that are stored elsewhere are not served.' },
};

const costlySettings: Readonly<Record<string, Unserved>> = {
  responseModalities: {
    unless: (value) => isEmpty(value) || (Array.isArray(value) && value.every((each) => TEXT.has(String(each)))),
    why: 'Answers are texts: sounds and pictures have prices of their own, and are not served.',
  },
  speechConfig: { unless: isAbsent, why: 'Answers are texts: speech is not served.' },
  imageConfig: { unless: isAbsent, why: 'Answers are texts: pictures are not served.' },
  routingConfig: { unless: isAbsent, why: 'The model is the one that the path names; `auto` leaves it to the router.' },
  modelSelectionConfig: { unless: isAbsent, why: 'The model is the one that the path names.' },
  audioTranscriptionConfig: { unless: isAbsent, why: 'Transcriptions are not served.' },
  translationConfig: { unless: isAbsent, why: 'Translation of speech is not served.' },
};
const TEXT = new Set(['TEXT', 'MODALITY_UNSPECIFIED']);

/** Throws `invalid_request_error` for the first thing that costs in a way that is not served. `body` has camel-case names. */
export function refuseCostly(body: Fields): void {
  refuseUnserved(body, costly);
  const { generationConfig, tools, toolConfig } = body;
  if (isRecord(generationConfig)) refuseUnserved(generationConfig, costlySettings, 'generationConfig.');
  if (isRecord(toolConfig) && toolConfig.includeServerSideToolInvocations === true) throw serverTool('toolConfig');
  if (!Array.isArray(tools)) return;
  for (const [at, tool] of tools.entries()) {
    if (!isRecord(tool)) continue;
    const other = Object.keys(tool).find((name) => name !== 'functionDeclarations' && tool[name] != null);
    if (other !== undefined) throw serverTool(`tools.${at}.${other}`);
  }
}

/** Files that were uploaded to a provider lie in the router's own account, where every caller could read every other's. */
const STORED = /^(files\/|https?:\/\/generativelanguage\.googleapis\.com\/)/i;

/** Throws for the address of what lies in the router's own account. */
export function refuseStored(uri: string | undefined, param: string): void {
  if (uri !== undefined && STORED.test(uri)) {
    throw invalid(param, 'Files stored at a provider cannot be used; send their content.');
  }
}

/** Throws for a file where none is read here: nobody would know how much there is to pay for. */
export function refuseFiles(part: Fields, param: string): void {
  if (names(part, 'fileUri') || names(part, 'file_uri')) throw invalid(param, 'Files may be given by the user alone.');
}

function names(value: unknown, field: string): boolean {
  if (Array.isArray(value)) return value.some((each) => names(each, field));
  return isRecord(value) && Object.entries(value).some(([name, each]) => name === field || names(each, field));
}

function serverTool(param: string) {
  return invalid(param, 'Tools that run at the provider have prices of their own, and are not served.');
}

function isEmptyObject(value: unknown): boolean {
  return isAbsent(value) || (isRecord(value) && Object.keys(value).length === 0);
}
