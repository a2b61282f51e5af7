const FAILED = 1;
const WRONG_USE = 2;

/** What went wrong, in words for whoever typed the command. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = FAILED) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The router is not there, for now. */
export class UnreachedError extends CliError {}

/** The command was used wrongly. */
export class UsageError extends CliError {
  constructor(message: string) {
    super(message, WRONG_USE);
  }
}

/** A tool that was started has failed, and has said so itself: its exit code is ours. Null: a signal ended it. */
export class ToolEnded extends CliError {
  constructor(title: string, code: number | null) {
    super(code === null ? `A signal ended ${title}.` : '', code ?? FAILED);
  }
}
