import { z } from 'zod';
import { count, time } from '../../http/reply-fields.ts';

const version = count.describe('The number of the last change over the API; also the `ETag`.');
const layer = z.enum(['builtin', 'file', 'api']);
/** As in a catalogue file. */
const entry = z.record(z.string(), z.unknown());

export const entriesReply = z.object({
  version,
  data: z.array(
    z.object({
      id: z.string(),
      layers: z.array(layer),
      served: z.boolean().describe('False also where no credential is there for it.'),
    }),
  ),
});

export const entryReply = z.object({
  version,
  id: z.string(),
  layers: z
    .array(z.object({ layer, entry: entry.nullable() }))
    .describe('What each layer says, lowest first; null takes away what lies below.'),
  effective: entry.nullable().describe('What comes of that.'),
});

const decimal = z.string();
const difference = z.object({
  models: z.object({ added: z.array(z.string()), removed: z.array(z.string()), changed: z.array(z.string()) }),
  endpoints: z.array(
    z.object({
      model: z.string(),
      endpoint: z.string(),
      change: z.enum(['added', 'removed', 'changed']),
      fields: z.array(z.string()),
    }),
  ),
  prices: z.array(
    z.object({
      model: z.string(),
      endpoint: z.string(),
      part: z.string(),
      before: decimal.nullable(),
      after: decimal.nullable(),
    }),
  ),
});
const warnings = z.array(
  z.object({
    code: z.enum(['model_removed', 'model_not_served', 'endpoint_removed', 'secret_missing']),
    subject: z.string(),
    message: z.string(),
  }),
);

export const changeReply = z.object({ version, difference, warnings });

const versionRow = z.object({
  version: count,
  act: z.enum(['put', 'delete', 'restore']),
  kind: z.enum(['providers', 'models']).nullable(),
  id: z.string().nullable(),
  restored: count.nullable(),
  admin_id: z.string(),
  at: time,
  request_id: z.string(),
});
export const versionsReply = z.object({ version, data: z.array(versionRow) });
export const versionReply = versionRow.extend({
  changes: z.array(
    z.object({
      kind: z.enum(['providers', 'models']),
      id: z.string(),
      before: entry.nullish().describe('Absent where the layer did not name it.'),
      after: entry.nullish(),
    }),
  ),
  layer: z.object({ providers: entry.optional(), models: entry.optional() }),
});

export const draftReply = z.object({
  valid: z.boolean(),
  mistakes: z.array(z.object({ path: z.string(), message: z.string() })),
  version,
  moves_credentials: z.boolean().optional().describe('Whether it takes the scope `catalogue:credentials`.'),
  difference: difference.optional(),
  warnings: warnings.optional(),
  last_day: z
    .object({
      since: time,
      requests: count,
      rows: z.array(
        z.object({
          model: z.string(),
          provider: z.string(),
          requests: count,
          charged_usd: decimal,
          now_usd: decimal.nullable(),
          then_provider: z.string().nullable(),
          then_usd: decimal.nullable(),
        }),
      ),
      moved_requests: count,
      refused_requests: count,
      now_usd: decimal,
      then_usd: decimal,
    })
    .nullish()
    .describe('What it would have made of the last day, from usage that is kept added up.'),
});
