import { Connect } from '../connect/connect.tsx';
import { Heading } from '../parts/heading.tsx';
import { Problem } from '../parts/problem.tsx';
import { ask } from '../state/api.ts';
import { session } from '../state/session.ts';
import { useLoad } from '../state/use-load.ts';

/** How each client is told of Mesh, with the key that is signed in. */
export function ConnectPage() {
  const { data, error, reload } = useLoad('models', async (signal) => {
    const { data: models } = await ask<{ data: { id: string }[] }>('/v1/models', { signal });
    return models.map(({ id }) => id);
  });
  return (
    <>
      <Heading title="Connect" />
      <Problem error={error} retry={reload} />
      {data === null ? null : <Connect secret={session.value?.key ?? ''} models={data} />}
    </>
  );
}
