import { setTimeout as pause } from 'node:timers/promises';
import { createEndUserBook, type EndUserBook } from '../../core/end-users/end-user-book.ts';
import type { Background } from '../../platform/background/background.ts';
import { errorFacts } from '../../platform/error-facts.ts';
import type { Platform } from './platform.ts';

interface EndUserPorts {
  platform: Pick<Platform, 'documents' | 'log'>;
  background: Background;
  /** Unix milliseconds, store's clock. */
  now: () => number;
  random: () => number;
}

/** What end users of capped keys may spend. */
export function openEndUsers({ platform: { documents, log }, background, now, random }: EndUserPorts): EndUserBook {
  return createEndUserBook({
    documents,
    now,
    random,
    pause: (milliseconds) => pause(milliseconds, undefined, { ref: false }),
    aside: (name, ownerId, work) => void background.run(name, work, { owner_id: ownerId }),
    onTrouble: (error) => log.warn('what an end user has spent could not be written', errorFacts(error)),
  });
}
