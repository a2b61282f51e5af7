import { json, type RecordedRequest, type Step } from './scripted-upstream.ts';

/** A vector that tells which text it is of: unequal for unequal texts, in numbers that 32 bits hold exactly. */
export function vectorOf(text: unknown, dimensions: number): number[] {
  let sum = 7;
  for (const character of JSON.stringify(text)) sum = (sum * 31 + character.charCodeAt(0)) % 65_521;
  return Array.from({ length: dimensions }, (_, at) => ((sum * (at + 1)) % 65_521) / 65_536 - 0.5);
}

export function toBase64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString('base64');
}

/** Tokens of a text, as the providers here count: its words. Of ids, their number. */
export function tokensOf(input: unknown): number {
  return Array.isArray(input) ? input.length : String(input).split(' ').length;
}

const sum = (inputs: readonly unknown[]) => inputs.reduce<number>((all, input) => all + tokensOf(input), 0);

/** What a provider answers, by the path that it is asked at. `dimensions`: where the request does not say. */
export function embeddingAnswer({ path, body }: Pick<RecordedRequest, 'path' | 'body'>, dimensions: number): Step[] {
  const asked = JSON.parse(body);
  const plain = decodeURIComponent(path.split('?')[0] ?? '');
  if (plain.endsWith('/embeddings')) {
    const length = asked.dimensions ?? asked.output_dimension ?? dimensions;
    const inputs: unknown[] = Array.isArray(asked.input) ? asked.input : [asked.input];
    const data = inputs.map((input, index) => {
      const vector = vectorOf(input, length);
      return { object: 'embedding', index, embedding: asked.encoding_format === 'base64' ? toBase64(vector) : vector };
    });
    const usage = { prompt_tokens: sum(inputs), total_tokens: sum(inputs) };
    return json({ object: 'list', model: asked.model, data, usage });
  }
  if (plain.endsWith(':batchEmbedContents')) {
    const embeddings = asked.requests.map(
      (one: { content: { parts: { text: string }[] }; outputDimensionality?: number }) => ({
        values: vectorOf(one.content.parts[0]?.text, one.outputDimensionality ?? dimensions),
      }),
    );
    return json({ embeddings });
  }
  if (plain.endsWith(':embedContent')) {
    const text = asked.content.parts[0].text;
    const length = asked.embedContentConfig?.outputDimensionality ?? dimensions;
    return json({ embedding: { values: vectorOf(text, length) }, usageMetadata: { promptTokenCount: tokensOf(text) } });
  }
  if (plain.endsWith(':predict')) {
    const length = asked.parameters?.outputDimensionality ?? dimensions;
    const predictions = asked.instances.map(({ content }: { content: string }) => ({
      embeddings: {
        values: vectorOf(content, length),
        statistics: { token_count: tokensOf(content), truncated: false },
      },
    }));
    return json({ predictions });
  }
  if ('inputText' in asked) {
    const embedding = vectorOf(asked.inputText, asked.dimensions ?? dimensions);
    return json({ embedding, embeddingsByType: { float: embedding }, inputTextTokenCount: tokensOf(asked.inputText) });
  }
  const float = asked.texts.map((text: string) => vectorOf(text, asked.output_dimension ?? dimensions));
  return json({ id: 'x', response_type: 'embeddings_by_type', embeddings: { float }, texts: asked.texts }, 200, {
    'x-amzn-bedrock-input-token-count': String(sum(asked.texts)),
  });
}
