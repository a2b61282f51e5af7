import { useState } from 'preact/hooks';
import { Problem } from '../parts/problem.tsx';
import { useAct } from '../parts/use-act.ts';
import { ApiProblem, ask } from '../state/api.ts';
import { useLoad } from '../state/use-load.ts';
import { type Place, placesOf, priceParts, priceText, toDraft, withPrice } from './draft-model.ts';
import { CheckedView, EffectsView } from './effects-view.tsx';
import type { Changed, Checked, LayeredModel } from './replies.ts';

interface ChangeModelProps {
  id: string;
  onChanged: () => void;
}

/** Changes prices of a model and switches endpoints of it off and on: looked at before it is done. */
export function ChangeModel({ id, onChanged }: ChangeModelProps) {
  const path = `/v1/catalogue/models/${encodeURIComponent(id)}`;
  const { data, error, reload } = useLoad(path, (signal) => ask<LayeredModel>(path, { signal }));
  const [done, setDone] = useState<Changed | null>(null);
  const { run, isRunning, error: problem } = useAct();
  const onDone = (changed: Changed) => {
    setDone(changed);
    reload();
    onChanged();
  };
  const takeBack = async () =>
    onDone(await ask<Changed>(path, { method: 'DELETE', headers: { 'if-match': `"${data?.version}"` } }));
  const isPut = data?.layers.some(({ layer }) => layer === 'api') ?? false;
  return (
    <section>
      <h3>Prices and endpoints</h3>
      <Problem error={error} retry={reload} />
      {done === null ? null : (
        <>
          <p role="status">Version {done.version} of the catalogue is served.</p>
          <EffectsView of={done} />
        </>
      )}
      {data === null ? null : (
        <>
          <p class="dim">
            Said of it by: {data.layers.map(({ layer }) => layer).join(', ')}. Prices are dollars for a million tokens.
          </p>
          <DraftForm key={data.version} path={path} model={data} onDone={onDone} onStale={reload} />
          {isPut ? (
            <p class="actions">
              <button type="button" disabled={isRunning} onClick={() => run(takeBack)}>
                Take back what was changed here
              </button>
              <span class="dim">What files say holds again.</span>
            </p>
          ) : null}
          <Problem error={problem} />
        </>
      )}
    </section>
  );
}

interface DraftFormProps {
  path: string;
  model: LayeredModel;
  onDone: (changed: Changed) => void;
  /** Somebody else has changed the catalogue. */
  onStale: () => void;
}

function DraftForm({ path, model, onDone, onStale }: DraftFormProps) {
  const [places, setPlaces] = useState<readonly Place[]>(() => placesOf(model));
  const [isMeant, setMeant] = useState(false);
  // What was looked at, with what came of it: only that can be done.
  const [seen, setSeen] = useState<{ draft: string; checked: Checked } | null>(null);
  const { run, isRunning, error } = useAct();
  const draft = JSON.stringify(toDraft(model, places, isMeant));
  const change = (at: number, place: Place) => setPlaces(places.with(at, place));
  const preview = async () => {
    const body = { models: { [model.id]: JSON.parse(draft) as unknown } };
    const checked = await ask<Checked>('/v1/catalogue/drafts/check', { method: 'POST', body });
    setSeen({ draft, checked });
  };
  const apply = async () => {
    const headers = { 'if-match': `"${model.version}"` };
    onDone(await ask<Changed>(path, { method: 'PUT', body: JSON.parse(draft) as unknown, headers }));
  };
  const isSeen = seen?.draft === draft;
  const looksLikeSlip = seen?.checked.mistakes.some(({ message }) => message.includes('"confirm": true')) ?? false;
  return (
    <form
      class="balance"
      onSubmit={(event) => {
        event.preventDefault();
        run(preview);
      }}
    >
      {places.map((place, at) => (
        <PlaceFields key={place.name} place={place} onPlace={(changed) => change(at, changed)} />
      ))}
      {looksLikeSlip || isMeant ? (
        <label class="check">
          <input type="checkbox" checked={isMeant} onChange={(event) => setMeant(event.currentTarget.checked)} />I mean
          these prices
        </label>
      ) : null}
      <div class="actions">
        <button type="submit" class={isSeen ? '' : 'main'} disabled={isRunning}>
          Preview
        </button>
        {isSeen && seen.checked.valid ? (
          <button type="button" class="main" disabled={isRunning} onClick={() => run(apply)}>
            Do it
          </button>
        ) : null}
      </div>
      <Problem error={error} {...(error instanceof ApiProblem && error.status === 409 ? { retry: onStale } : {})} />
      {isSeen ? <CheckedView of={seen.checked} /> : null}
    </form>
  );
}

function PlaceFields({ place, onPlace }: { place: Place; onPlace: (place: Place) => void }) {
  const { name, entry, isOn } = place;
  const regions = Array.isArray(entry.regions) ? entry.regions : Object.keys(entry.regions ?? {});
  return (
    <fieldset>
      <legend>{name}</legend>
      <label class="check">
        <input
          type="checkbox"
          checked={isOn}
          onChange={(event) => onPlace({ ...place, isOn: event.currentTarget.checked })}
        />
        Served{regions.length === 0 ? '' : `, in ${regions.join(', ')}`}
      </label>
      {Array.isArray(entry.price) ? (
        <p class="dim">Its prices are by dates: change them with PUT (docs, Providers).</p>
      ) : (
        priceParts.map(([part, title]) => (
          <label key={part}>
            {title}
            <input
              inputMode="decimal"
              placeholder="as the whole"
              disabled={!isOn}
              value={priceText(entry, part) ?? ''}
              onInput={(event) => onPlace(withPrice(place, part, event.currentTarget.value.trim()))}
            />
          </label>
        ))
      )}
    </fieldset>
  );
}
