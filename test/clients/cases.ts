import { agentCases } from './agent-cases.ts';
import type { Case } from './case.ts';
import { commonCases } from './common-cases.ts';
import { specialCases } from './special-cases.ts';

/** All that clients are tried with. */
export const cases: readonly Case[] = [...commonCases, ...specialCases, ...agentCases];
