import { describe } from '../state/api.ts';

/** What went wrong, with the way to try again. Nothing where nothing did. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  if (error === null || error === undefined) return null;
  return (
    <div class="problem" role="alert">
      <p>{describe(error)}</p>
      {retry === undefined ? null : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
