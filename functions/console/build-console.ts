import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Builds the console: what its files contain, by their paths below `dist/`. The same sources give the same bytes. */
export async function buildConsole(): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: { console: `${folder}app/main.tsx`, style: `${folder}app/style/style.css` },
    absWorkingDir: folder,
    outdir: `${folder}dist/assets`,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2023', 'chrome120', 'firefox121', 'safari17'],
    minify: true,
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    write: false,
    logLevel: 'error',
  });
  const files = new Map(outputFiles.map(({ path, text }) => [path.slice(`${folder}dist/`.length), text]));
  const named = (start: string) => [...files.keys()].find((name) => name.startsWith(`assets/${start}-`)) ?? '';
  return files.set('index.html', renderDocument(named('console'), named('style')));
}

function renderDocument(script: string, style: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Console · Mesh Router</title>
<link rel="stylesheet" href="/console/${style}">
<link rel="icon" href="/docs/icon.svg" type="image/svg+xml">
<script type="module" src="/console/${script}"></script>
</head>
<body>
<div id="console"></div>
<noscript>The console needs JavaScript. Everything that it shows is in the API: <a href="/docs">/docs</a></noscript>
</body>
</html>
`;
}
