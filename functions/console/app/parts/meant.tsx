import { ApiProblem } from '../state/api.ts';

interface MeantProps {
  /** What came of the last try. */
  error: unknown;
  isMeant: boolean;
  setMeant: (isMeant: boolean) => void;
  /** `this amount` */
  what: string;
}

/** Asked for where the router takes something for a slip. */
export function Meant({ error, isMeant, setMeant, what }: MeantProps) {
  const isAsked = error instanceof ApiProblem && error.code === 'confirmation_required';
  if (!isAsked && !isMeant) return null;
  return (
    <label class="check">
      <input type="checkbox" checked={isMeant} onChange={(event) => setMeant(event.currentTarget.checked)} />I mean{' '}
      {what}
    </label>
  );
}
