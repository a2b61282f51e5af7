import { ExpectationFailed, StoreContended, type StoreTrouble, StoreUnavailable } from '../../core/store/documents.ts';

/**
 * What an answer that is none means. `unknown`: no whole answer came, or one that leaves open what was done. `unreached`:
 * nothing was sent.
 */
type Kind = 'expectation' | 'contended' | 'quota' | 'denied' | 'invalid' | 'unreached' | 'unknown';

/** https://cloud.google.com/apis/design/errors#handling_errors; what is not here is `unknown`. */
const kinds: ReadonlyMap<string, Kind> = new Map([
  ['ALREADY_EXISTS', 'expectation'],
  ['NOT_FOUND', 'expectation'],
  ['FAILED_PRECONDITION', 'expectation'],
  ['ABORTED', 'contended'],
  ['RESOURCE_EXHAUSTED', 'quota'],
  ['PERMISSION_DENIED', 'denied'],
  ['UNAUTHENTICATED', 'denied'],
  ['INVALID_ARGUMENT', 'invalid'],
  ['OUT_OF_RANGE', 'invalid'],
  ['UNIMPLEMENTED', 'invalid'],
  ['UNREACHED', 'unreached'],
]);
/** Where somebody between Firestore and us answers, without a code. */
const codesByStatus: ReadonlyMap<number, string> = new Map([
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [429, 'RESOURCE_EXHAUSTED'],
]);
/** Another try may do. Of the others it is known that it would not. */
const passing: ReadonlySet<Kind> = new Set(['contended', 'quota', 'unreached', 'unknown']);
/** Those that concern the whole database: our permission, our credential, our quota. */
const troubles: Partial<Record<Kind, StoreTrouble>> = { denied: 'denied', quota: 'quota' };

/** One exchange with Firestore that did not do what was asked. */
export class FirestoreFailure extends Error {
  /** Google's, as `ALREADY_EXISTS`; `UNREACHED` where nothing was sent. */
  readonly code: string;
  readonly kind: Kind;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FirestoreFailure';
    this.code = code;
    this.kind = isSpent(code, message) ? 'unknown' : (kinds.get(code) ?? 'unknown');
  }

  get mayPass(): boolean {
    return passing.has(this.kind);
  }
}

/** Somebody has ended this transaction: time, or our own commit, which came back as a failure and was sent again. */
function isSpent(code: string, message: string): boolean {
  return code === 'INVALID_ARGUMENT' && /\btransaction\b.*\b(expired|closed|invalid|valid)\b/i.test(message);
}

/** What Firestore says of itself in a reply with an error; what any other server says is told by its status alone. */
export function toFailure(status: number, error: unknown): FirestoreFailure {
  const { status: code, message } = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  if (typeof code === 'string') return new FirestoreFailure(code, typeof message === 'string' ? message : code);
  return new FirestoreFailure(codesByStatus.get(status) ?? 'UNKNOWN', `The store answered ${status}.`);
}

/** As the port has it. `isOpen`: an earlier try may have been applied, so that no refusal of a later one says what was done. */
export function toStoreError(failure: FirestoreFailure, isOpen: boolean): Error {
  const options = { cause: failure };
  const trouble = troubles[failure.kind];
  if (trouble !== undefined) return new StoreUnavailable('The store refuses us.', { ...options, trouble });
  if (isOpen) return new StoreUnavailable('It is not known whether the store has done it.', options);
  if (failure.kind === 'expectation') return new ExpectationFailed('A document is not what a write expected.', options);
  if (failure.kind === 'contended') return new StoreContended('Others changed the same documents.', options);
  return failure.mayPass ? new StoreUnavailable('The store cannot be reached.', options) : failure;
}
