import { createFigureBoard, type FigureBoard } from '../../core/health/figure-board.ts';
import type { Platform } from './platform.ts';

interface FigurePorts {
  platform: Pick<Platform, 'documents' | 'log'>;
  /** Unix milliseconds, store's clock. */
  now: () => number;
  random: () => number;
}

/** How endpoints are doing, as instances tell each other. */
export function openFigures({ platform: { documents, log }, now, random }: FigurePorts, region: string): FigureBoard {
  return createFigureBoard({
    documents,
    region,
    now,
    random,
    onTrouble: () => log.warn('figures could not be shared'),
  });
}
