/** Pictures in a request beyond this are not written out: no shell takes a line so long, and no browser shows it in time. */
const MAX_PICTURE_CHARS = 10_000;

/** The same request as code; of a big picture its type alone, with `…` where it has to be put. `path` of the API, `body` as it was sent; the key comes from the environment. */
export function codeFor(
  origin: string,
  path: string,
  body: unknown,
): readonly (readonly [name: string, code: string])[] {
  const json = JSON.stringify(body, shorten, 2);
  const text = JSON.stringify(json);
  return [
    [
      'curl',
      `curl -N ${origin}${path} \\\n  -H "Authorization: Bearer $MESH_KEY" -H 'Content-Type: application/json' \\\n  -d '${json.replaceAll("'", "'\\''")}'`,
    ],
    [
      'Python',
      `import json, os, urllib.request\n\nbody = json.loads(${text})\nrequest = urllib.request.Request(\n    "${origin}${path}",\n    data=json.dumps(body).encode(),\n    headers={"Authorization": "Bearer " + os.environ["MESH_KEY"], "Content-Type": "application/json"},\n)\nfor line in urllib.request.urlopen(request):\n    print(line.decode(), end="")`,
    ],
    [
      'TypeScript',
      `import { env, stdout } from 'node:process';\n\nconst reply = await fetch('${origin}${path}', {\n  method: 'POST',\n  headers: { authorization: \`Bearer \${env.MESH_KEY}\`, 'content-type': 'application/json' },\n  body: JSON.stringify(${json.replaceAll('\n', '\n  ')}),\n});\nfor await (const piece of reply.body!.pipeThrough(new TextDecoderStream())) stdout.write(piece);`,
    ],
  ];
}

function shorten(_name: string, value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= MAX_PICTURE_CHARS || !value.startsWith('data:')) return value;
  return `${value.slice(0, value.indexOf(',') + 1)}…`;
}
