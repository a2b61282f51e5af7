import { expect, test } from '@jest/globals';
import { clientOf } from './client-of.ts';

test.each<[string, string]>([
  ['claude-cli/2.1.0 (external, cli)', 'claude-code'],
  ['codex_cli_rs/0.50.0 (Mac OS 15.1; arm64) iTerm', 'codex'],
  ['codex-tui/0.60.0', 'codex'],
  ['GeminiCLI/0.9.0/gemini-2.5-pro (linux; x64)', 'gemini-cli'],
  ['opencode/1.0.4 ai-sdk/5', 'opencode'],
  ['Cursor/1.7', 'cursor'],
  ['VSCode/1.104 Cline/3.2', 'cline'],
  ['continue/1.2', 'continue'],
  ['Zed/0.200.1 (linux; x86_64)', 'zed'],
  ['aider/0.86', 'aider'],
  ['n8n/1.110', 'n8n'],
  ['GithubCopilot/1.155.0', 'copilot'],
  ['OpenAI/JS 6.1.0', 'openai-js'],
  ['AsyncOpenAI/Python 2.0.1', 'openai-python'],
  ['Anthropic/JS 0.65.0', 'anthropic-js'],
  ['Anthropic/Python 0.69.0', 'anthropic-python'],
])('%s is %s', (agent, client) => expect(clientOf({ 'user-agent': agent })).toBe(client));

const openai = { 'user-agent': 'OpenAI/JS 6.1.0' };
const claude = { 'user-agent': 'claude-cli/2.1.0' };
test.each<[string, Record<string, string>, string | null]>([
  ['the name it gives itself', { ...claude, 'x-source': 'Nightly build', 'x-title': 'Other' }, 'Nightly build'],
  ['what it is known by, before its title', { ...claude, 'x-title': 'Other' }, 'claude-code'],
  [
    'its title, before the library it was made with',
    { ...openai, 'x-title': 'Cline', 'http-referer': 'https://x.org' },
    'Cline',
  ],
  [
    'its host, without what follows',
    { ...openai, 'http-referer': 'https://shop.example:8443/ann?mail=a@b.c' },
    'shop.example:8443',
  ],
  ['its host, as browsers send it', { referer: 'https://shop.example/cart' }, 'shop.example'],
  ['nothing, where nothing is known', { 'user-agent': 'node' }, null],
  ['nothing, where there is nothing', {}, null],
  ['nothing of a title that is none', { 'x-title': 'x'.repeat(65), 'x-source': 'a\tb', referer: 'not a url' }, null],
  ['nothing of an address of mail', { 'x-source': 'ann@example.com' }, null],
])('a client is called by %s', (_, headers, client) => expect(clientOf(headers)).toBe(client));
