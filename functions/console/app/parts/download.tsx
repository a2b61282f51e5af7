import { read, send } from '../state/api.ts';
import { Problem } from './problem.tsx';
import { useAct } from './use-act.ts';

/** Saves what the API answers as CSV. Says where that is not all there is. */
export function Download({
  path,
  body,
  name,
  label = 'CSV',
}: {
  path: string;
  body?: unknown;
  name: string;
  label?: string;
}) {
  const { run, isRunning, error } = useAct();
  const save = async () => {
    const reply = await send(path, {
      method: body === undefined ? 'GET' : 'POST',
      body,
      headers: { accept: 'text/csv' },
    });
    const isCut = reply.headers.get('x-mesh-truncated') === 'true';
    const url = URL.createObjectURL(await read(reply, () => reply.blob()));
    const link = document.createElement('a');
    link.href = url;
    link.download = isCut ? `${name}-first-rows.csv` : `${name}.csv`;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <>
      <button type="button" disabled={isRunning} onClick={() => run(save)}>
        {label}
      </button>
      <Problem error={error} />
    </>
  );
}
