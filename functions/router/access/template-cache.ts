import { documentId } from '../../core/store/document-id.ts';
import type { Document, Documents } from '../../core/store/documents.ts';
import {
  TEMPLATE_NAMES,
  TEMPLATE_VERSIONS,
  TEMPLATES,
  type Template,
  type TemplateContent,
} from '../../core/templates/template.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Changes } from './change-feed.ts';
import { createHeardMemory } from './heard-memory.ts';

/** Templates in memory at most; the one that was used longest ago goes first. At most 64 KiB each. */
export const MAX_CACHED_TEMPLATES = 500;

export interface TemplateCache {
  /** By name or id, among the owner's alone; `@3` behind it names a version. Null where there is none. */
  find(ownerId: string, reference: string): Promise<Template | null>;
}

/** Templates in memory. A change of one, heard of like a change of a key, drops all of its owner's. */
export function createTemplateCache(documents: Documents, clock: Clock, changes: Changes): TemplateCache {
  const memory = createHeardMemory<Template>({
    clock,
    changes,
    most: MAX_CACHED_TEMPLATES,
    // One that was just made is there for the next request, on whatever instance.
    absentMs: 0,
    concerned: ({ act, owner_id }) =>
      String(act).startsWith('template.') ? ({ ownerId }) => ownerId === owner_id : null,
  });
  return {
    async find(ownerId, reference) {
      const place = `${ownerId} ${reference}`;
      const known = memory.peek(place);
      if (known !== undefined) return known;
      return memory.read(place, async () => {
        const found = await findTemplate(documents, ownerId, reference);
        return found === null ? null : toTemplate(found);
      });
    },
  };
}

/** Its document, from the store; of a version that one's. Another owner's template is none. */
export async function findTemplate(documents: Documents, ownerId: string, reference: string): Promise<Document | null> {
  const [, named = '', version] = /^(.*?)(?:@(\d{1,9}))?$/s.exec(reference) ?? [];
  const current = (await byId(documents, ownerId, named)) ?? (await byName(documents, ownerId, named));
  if (current === null || version === undefined) return current;
  return documents.get(TEMPLATE_VERSIONS, versionId(String(current.data.template_id), Number(version)));
}

/** Id of the document of a version. */
export const versionId = (templateId: string, version: number) => documentId(`${templateId}.${version}`);

/** Id of the document that keeps a name. */
export const nameId = (ownerId: string, name: string) => documentId(`${ownerId}.${name}`);

async function byId(documents: Documents, ownerId: string, id: string): Promise<Document | null> {
  const found = await documents.get(TEMPLATES, documentId(id));
  return found?.data.owner_id === ownerId ? found : null;
}

async function byName(documents: Documents, ownerId: string, name: string): Promise<Document | null> {
  const found = await documents.get(TEMPLATE_NAMES, nameId(ownerId, name));
  return found === null ? null : byId(documents, ownerId, String(found.data.template_id));
}

function toTemplate({ data }: Document): Template {
  return {
    id: String(data.template_id),
    ownerId: String(data.owner_id),
    name: String(data.name),
    version: Number(data.version),
    // As text, so that numbers come back as what they were.
    content: JSON.parse(String(data.content)) as TemplateContent,
  };
}
