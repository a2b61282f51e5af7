/** Commands of a page that are to be run as they stand: its indented blocks below one heading, in their order. */
export function blocksBelow(page: string, heading: string): string[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const blocks: string[] = [];
  let lines: string[] = [];
  for (const line of [...(section.split(/^## /m)[0] ?? '').split('\n'), '']) {
    const isCommand = /^( {4}| {7})\S/.test(line) || (lines.length > 0 && /^ {8,}\S/.test(line));
    if (isCommand) lines.push(line.trim());
    else if (lines.length > 0) {
      blocks.push(lines.join('\n'));
      lines = [];
    }
  }
  return blocks;
}

/** Every call of `gcloud` in a page, in blocks and within sentences, as words without their quotes. */
export function gcloudCalls(page: string): string[][] {
  const joined = page.replaceAll(/\\\n\s*/g, ' ');
  const inSentences = [...joined.matchAll(/`(gcloud [^`]+)`/g)].map(([, call = '']) => call);
  const inBlocks = [...joined.matchAll(/^ {4,}(?:.*\| )?(gcloud .+)$/gm)].map(([, call = '']) => call);
  return [...inSentences, ...inBlocks].map((call) =>
    (call.replaceAll(/\s+/g, ' ').match(/('[^']*'|\S)+/g) ?? []).slice(1),
  );
}
