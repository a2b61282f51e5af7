/**
 * Words that tell what kind of task a request is. Few and plain on purpose: whoever reads an explanation should be able to
 * tell why it says what it says. Compared in lower case, whole words only.
 */

/** Programming. */
export const codeWords: ReadonlySet<string> = new Set(
  words(`
    algorithm api async bash bug class code codebase coding compile compiler component css debug debugging docker
    endpoint exception function golang html java javascript kotlin kubernetes linter method mutex programming python
    query react refactor regex regexp rust script sql stacktrace swift terraform typescript unittest
    कोड प्रोग्राम
  `),
);

/** Mathematics and logic. */
export const reasoningWords: ReadonlySet<string> = new Set(
  words(`
    asymptotic calculate combinatorics compute conjecture contradiction deduce derivation derive differential
    eigenvalue equation equations induction infer integral invariant irrational lemma logic logical logically
    mathematically matrix optimal optimise optimize polynomial prime primes probability proof prove puzzle rigorous
    rigorously solve theorem
    सिद्ध समीकरण गणना प्रमेय प्रायिकता हल
  `),
);

/** Several things to do, one after the other or against each other. */
export const stepWords: ReadonlySet<string> = new Set(
  words(`
    analyse analysis analyze architecture compare consider critique design evaluate finally first justify migrate next
    plan secondly step steps strategy then thirdly tradeoff tradeoffs
    तुलना विश्लेषण चरण योजना
  `),
);

/** Answers that are long, and answers that are short. */
export const longWords: ReadonlySet<string> = new Set(
  words(`
    article blog chapter comprehensive describe detailed elaborate essay explain generate guide implement letter
    report story thorough tutorial write
    लिखो लिखिए निबंध विस्तार कहानी
  `),
);
export const shortWords: ReadonlySet<string> = new Set(
  words('brief briefly classify concise concisely label short shortly tldr yes संक्षेप'),
);
/** Answers as long as what they are made from. */
export const rewritingWords: ReadonlySet<string> = new Set(
  words('correct paraphrase proofread rephrase rewrite translate अनुवाद'),
);

/** The different words of a text. */
export function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{M}]+/gu));
}

/** How many of the first are among the second. */
export function countShared(of: ReadonlySet<string>, among: ReadonlySet<string>): number {
  let count = 0;
  for (const word of of) if (among.has(word)) count++;
  return count;
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
