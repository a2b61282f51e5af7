import { parseArgs } from 'node:util';
import { describeChaos, faultsOf } from './describe-chaos.ts';
import { runChaos } from './run-chaos.ts';

/** Everything that can go wrong at once, for a while: `npm run chaos -- --minutes 10 --seed 7`. */
const DEFAULT_MINUTES = '10';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: DEFAULT_MINUTES }, seed: { type: 'string' } },
});
const seconds = Number(values.minutes) * 60;
if (!(seconds > 0)) throw new Error('--minutes must be a number above 0.');
const seed = values.seed ?? String(Date.now());
console.log(`seed ${seed}, ${values.minutes} minutes`);
const report = await runChaos({ seconds, seed });
console.log(describeChaos(report));
const faults = faultsOf(report);
for (const fault of faults) console.log(`FAILED ${fault}`);
if (faults.length > 0) process.exitCode = 1;
