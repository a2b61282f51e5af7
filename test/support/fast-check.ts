import fc from 'fast-check';

/** Any number: it only must stay what it is. */
const SEED = 20_261_128;

// Where a build is judged, one tree gets one answer; everywhere else each run tries values that none has tried before.
if (process.env.CI !== undefined) fc.configureGlobal({ seed: SEED });

export default fc;
