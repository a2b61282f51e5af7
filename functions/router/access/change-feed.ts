import { CHANGES, RECALL } from '../../core/changes.ts';
import { documentId } from '../../core/store/document-id.ts';
import type { Change, Documents, Fields } from '../../core/store/documents.ts';
import type { Log } from '../../platform/log.ts';

/** Of the newest changes, as many as are looked at together; where more came at once, some may have been missed. */
export const MAX_HEARD_CHANGES = 100;
/** How far this instance's clock may be from the store's before it has asked. */
const CLOCK_SKEW_MS = 60_000;

export interface Changes {
  /** Whether changes are heard at the moment. */
  hearing(): boolean;
  /** Calls `onMissed` when changes may have been missed, and `onChange` for each that is heard. */
  subscribe(onChange: (change: Fields) => void, onMissed: () => void): void;
  /** Asks the other instances to give back what an owner's leases do not need. */
  recall(ownerId: string): Promise<void>;
  close(): void;
}

export interface ChangesOptions {
  documents: Documents;
  log: Log;
  /** Unix milliseconds, store's clock. */
  now: () => number;
  instanceId: string;
  mintId: (prefix: string) => string;
}

/** One query for everything that an instance has to hear of: a listener for each key would not scale. */
export function listenToChanges({ documents, log, now, instanceId, mintId }: ChangesOptions): Changes {
  const subscribers: { onChange: (change: Fields) => void; onMissed: () => void }[] = [];
  let hearing = false;

  const close = documents.listen(
    {
      collection: CHANGES,
      where: [{ field: 'at', op: '>=', value: new Date(now() - CLOCK_SKEW_MS) }],
      orderBy: { field: 'at', direction: 'desc' },
      limit: MAX_HEARD_CHANGES,
    },
    (changes: Change[]) => {
      // After silence anything may have been missed.
      if (!hearing || changes.length >= MAX_HEARD_CHANGES) for (const { onMissed } of subscribers) onMissed();
      hearing = true;
      for (const { kind, document } of changes) {
        if (kind !== 'set' || document.data.instance_id === instanceId) continue;
        for (const { onChange } of subscribers) onChange(document.data);
      }
    },
    () => {
      hearing = false;
      log.warn('changes cannot be heard');
    },
  );

  return {
    hearing: () => hearing,
    subscribe: (onChange, onMissed) => void subscribers.push({ onChange, onMissed }),
    async recall(ownerId) {
      const id = documentId(mintId('rec'));
      const data = { act: RECALL, owner_id: ownerId, instance_id: instanceId, at: new Date(now()) };
      await documents.commit([{ kind: 'set', collection: CHANGES, id, data, expect: 'absent' }]);
    },
    close,
  };
}
