import { useState } from 'preact/hooks';
import { Problem } from './parts/problem.tsx';
import { useAct } from './parts/use-act.ts';
import { ApiProblem, ask } from './state/api.ts';
import { farewell, signIn, toSession } from './state/session.ts';

/** Asks for a key, and whether it is one: by a read that its kind may do. */
export function SignIn() {
  const [text, setText] = useState('');
  const [isKept, setKept] = useState(false);
  const { run, isRunning, error } = useAct();
  const enter = async () => {
    const given = toSession(text);
    if (given === null) throw new ApiProblem('A key is mak_ or rsk_ and then Latin letters and digits.', 0, null, null);
    const { key, kind } = given;
    try {
      await ask(kind === 'operator' ? '/v1/rates' : '/v1/key', { key });
    } catch (problem) {
      // A key without the scope for this one read is a key all the same.
      if (!(problem instanceof ApiProblem && problem.status === 403 && kind === 'operator')) throw problem;
    }
    signIn(given, isKept);
  };
  return (
    <main class="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run(enter);
        }}
      >
        <h1>Mesh Router console</h1>
        {farewell.value === null ? null : (
          <p class="problem" role="alert">
            {farewell.value}
          </p>
        )}
        <label for="key">Key</label>
        <input
          id="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <p class="dim">
          An operator’s begins with <code>mak_</code>, a developer’s with <code>rsk_</code>. <code>npm start</code>{' '}
          prints one of each.
        </p>
        <label class="check">
          <input type="checkbox" checked={isKept} onChange={(event) => setKept(event.currentTarget.checked)} />
          Keep it until this tab is closed
        </label>
        <button type="submit" class="main" disabled={isRunning}>
          {isRunning ? 'Asking…' : 'Sign in'}
        </button>
        <Problem error={error} />
      </form>
    </main>
  );
}
