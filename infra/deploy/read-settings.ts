import { parse } from '@cdktn/hcl2json';
import { z } from 'zod';

/** What a deployment has to know of an environment before Terraform does. */
export interface Settings {
  projectId: string;
  /** The first region: images and consumers are there. */
  home: string;
}

const schema = z.object({ project_id: z.string().min(1), regions: z.array(z.string()).min(1) });

/** Reads the text of `envs/<environment>.tfvars`. Throws where it is not HCL, or lacks the project or the regions. */
export async function readSettings(text: string): Promise<Settings> {
  const { project_id, regions } = schema.parse(await parse('environment.tfvars', text));
  return { projectId: project_id, home: regions[0] ?? '' };
}
