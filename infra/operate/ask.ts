import { createInterface } from 'node:readline/promises';

/** Whether somebody at the terminal says `yes`. */
export async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [yes] `);
  terminal.close();
  return answer.trim() === 'yes';
}
