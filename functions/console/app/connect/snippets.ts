export interface Snippet {
  id: string;
  title: string;
  /** Where the text goes. */
  where: string;
  text: string;
}

/** How each client is told of Mesh. `origin`: of the router, without a slash; `key` is an `rsk_` key; `model` a name of ours. */
export function snippetsFor(origin: string, key: string, model: string): readonly Snippet[] {
  const base = `${origin}/v1`;
  return [
    {
      id: 'claude-code',
      title: 'Claude Code',
      where: 'In a terminal',
      text: `export ANTHROPIC_BASE_URL=${origin}\nexport ANTHROPIC_AUTH_TOKEN=${key}\nclaude --model ${model}`,
    },
    {
      id: 'codex',
      title: 'Codex',
      where: '~/.codex/config.toml; the first line is for the terminal',
      text: `# export MESH_KEY=${key}\nmodel = "${model}"\nmodel_provider = "mesh"\n\n[model_providers.mesh]\nname = "Mesh"\nbase_url = "${base}"\nenv_key = "MESH_KEY"\nwire_api = "responses"`,
    },
    {
      id: 'cursor',
      title: 'Cursor',
      where: 'Settings → Models → API keys. Cursor calls from its own servers: the address has to be a public one.',
      text: `OpenAI API key: ${key}\nOverride OpenAI base URL: ${base}\nModel: ${model}`,
    },
    {
      id: 'cline',
      title: 'Cline',
      where: 'Settings → API provider: OpenAI Compatible',
      text: `Base URL: ${base}\nAPI key: ${key}\nModel ID: ${model}`,
    },
    {
      id: 'opencode',
      title: 'OpenCode',
      where: 'opencode.json',
      text: JSON.stringify(
        {
          $schema: 'https://opencode.ai/config.json',
          provider: {
            mesh: {
              npm: '@ai-sdk/openai-compatible',
              name: 'Mesh',
              options: { baseURL: base, apiKey: key },
              models: { [model]: {} },
            },
          },
        },
        null,
        2,
      ),
    },
    {
      id: 'open-webui',
      title: 'Open WebUI',
      where: 'Environment of its server',
      text: `OPENAI_API_BASE_URL=${base}\nOPENAI_API_KEY=${key}`,
    },
    {
      id: 'curl',
      title: 'curl',
      where: 'In a terminal',
      text: `curl ${base}/chat/completions \\\n  -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(body(model)).replaceAll("'", "'\\''")}'`,
    },
    {
      id: 'python',
      title: 'Python',
      where: 'pip install openai',
      text: `from openai import OpenAI\n\nclient = OpenAI(base_url="${base}", api_key="${key}")\nanswer = client.chat.completions.create(\n    model="${model}",\n    messages=[{"role": "user", "content": "Hello"}],\n)\nprint(answer.choices[0].message.content)`,
    },
    {
      id: 'typescript',
      title: 'TypeScript',
      where: 'npm install openai',
      text: `import OpenAI from 'openai';\n\nconst client = new OpenAI({ baseURL: '${base}', apiKey: '${key}' });\nconst answer = await client.chat.completions.create({\n  model: '${model}',\n  messages: [{ role: 'user', content: 'Hello' }],\n});\nconsole.log(answer.choices[0]?.message.content);`,
    },
  ];
}

function body(model: string) {
  return { model, messages: [{ role: 'user', content: 'Hello' }] };
}
