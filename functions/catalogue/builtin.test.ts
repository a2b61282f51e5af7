import { describe, expect, test } from '@jest/globals';
import { noPreferences } from '../../test/support/no-preferences.ts';
import type { View } from '../core/routing/ranked.ts';
import { rankCandidates } from '../core/routing/ranking.ts';
import type { Needs } from '../core/routing/selection.ts';
import { builtinFiles, handFiles } from './builtin.ts';
import { withAvailableSecrets } from './catalogue.ts';
import { type CatalogueFile, parseCatalogueFile } from './catalogue-file.ts';
import { buildCatalogue } from './load-catalogue.ts';
import { priceAt, resolvePrices } from './resolve-price.ts';

/** The endpoints that nobody knows the price of at a moment. */
function unpriced(files: readonly CatalogueFile[], at: number): string[] {
  return files
    .flatMap(({ models }) => Object.entries(models ?? {}))
    .flatMap(([id, entry]) => (entry?.endpoints ?? []).map((endpoint) => ({ id, endpoint })))
    .filter(({ endpoint }) => priceAt(resolvePrices(endpoint.price, []), at) === null)
    .map(({ id, endpoint }) => `${id}: ${endpoint.provider}/${endpoint.model}`);
}

const vars = { project: 'my-project', azure_resource: 'my-resource' };

describe('the built-in catalogue', () => {
  const catalogue = buildCatalogue(builtinFiles, { vars });
  const endpoints = [...catalogue.models.values()].flatMap((model) => model.endpoints);

  test('is as the schema of a catalogue file has it, which nobody looks at again at the start', () => {
    for (const file of builtinFiles) expect(parseCatalogueFile(file)).toEqual(file);
    expect(() => parseCatalogueFile({ ...builtinFiles[0], modles: {} })).toThrow('modles');
  });

  test('serves every model that its files name', () => {
    const named = builtinFiles.flatMap((file) => Object.keys(file.models ?? {}));
    expect([...catalogue.models.keys()]).toEqual(named);
    expect(new Set(named).size).toBe(named.length);
  });

  test('starts without a project and a resource, then without Vertex AI and Azure', () => {
    const providers = [...buildCatalogue(builtinFiles).models.values()].flatMap((model) =>
      model.endpoints.map(({ provider }) => provider),
    );
    expect(providers).toContain('anthropic');
    expect(providers).not.toContain('vertex');
    expect(providers).not.toContain('vertex-claude');
    expect(providers).not.toContain('azure');
  });

  test('dates every model', () => {
    for (const { created } of catalogue.models.values()) expect(created).toBeGreaterThan(Date.UTC(2020, 0) / 1000);
  });

  test('says where each price comes from', () => {
    for (const file of builtinFiles) expect(file.source).toMatch(/./);
  });

  test('has more than 380 models, of every provider that it names', () => {
    expect(catalogue.models.size).toBeGreaterThan(380);
    const named = builtinFiles.flatMap(({ providers }) => Object.keys(providers ?? {}));
    expect(named.filter((id) => !endpoints.some(({ provider }) => provider === id))).toEqual([]);
  });

  test.each([
    ['the day that it was last made', Date.parse('2026-11-28')],
    ['the day of this test', Date.now()],
  ])('has a price for every endpoint on %s', (_day, at) => {
    expect(unpriced(builtinFiles, at)).toEqual([]);
  });

  test('charges a price that is known beforehand from its day', () => {
    const flash = (day: string) =>
      buildCatalogue(builtinFiles, { at: Date.parse(day) }).find('google/gemini-3.8-flash');
    expect(['2026-12-31', '2027-01-01'].map((day) => flash(day)?.endpoints[0]?.price.input)).toEqual([
      750_000n,
      1_500_000n,
    ]);
  });

  test('names the day on which a model retires', () => {
    const served = (names: string[]) => withAvailableSecrets(catalogue, new Set(names), { googleDefault: false });
    const ends = (id: string, ...names: string[]) => served(names).find(id)?.retiresAt;
    expect(ends('openai/gpt-5', 'openai-api-key')).toBe('2026-12-11');
    expect(ends('openai/gpt-5-2025-08-07', 'openai-api-key')).toBe('2026-12-11');
    // Azure keeps it for longer; OpenRouter gets it from those who run it.
    expect(ends('openai/gpt-5', 'openai-api-key', 'azure-openai-api-key')).toBe('2027-02-09');
    expect(ends('openai/gpt-5', 'openrouter-api-key')).toBe('2026-12-11');
  });

  test('lists no model that had retired when the list was made', () => {
    const days = Object.values(builtinFiles.at(-1)?.models ?? {}).flatMap((entry) => entry?.endpoints ?? []);
    expect(days.filter(({ retires_at }) => retires_at != null && retires_at <= '2026-11-28')).toEqual([]);
  });

  test('asks Azure at the resource that is configured, and of OpenRouter its cheapest provider, which is the one that it prices', () => {
    const at = (id: string, provider: string) =>
      catalogue.find(id)?.endpoints.find((endpoint) => endpoint.provider === provider);
    expect(at('openai/gpt-4o', 'azure')).toMatchObject({
      url: 'https://my-resource.openai.azure.com/openai/v1/responses',
      upstreamModel: 'gpt-4o',
      auth: { type: 'header', name: 'api-key', secret: 'azure-openai-api-key' },
    });
    expect(at('openai/gpt-4o', 'openrouter')).toMatchObject({
      url: 'https://openrouter.ai/api/v1/chat/completions',
      auth: { type: 'bearer', secret: 'openrouter-api-key' },
      request: { set: { provider: { sort: 'price', allow_fallbacks: false } } },
      collectsData: true,
    });
  });

  test('has a model at a gateway for no less than from the cheapest of those who run it', () => {
    const sum = ({ price }: (typeof endpoints)[number]) => price.input + price.output;
    const cheaper = [...catalogue.models.values()].filter((model) => {
      const [own, gateway] = [false, true].map((is) =>
        model.endpoints.filter(({ provider }) => (provider === 'openrouter') === is).map(sum),
      );
      if (own?.length === 0) return false;
      return (gateway ?? []).some((one) => (own ?? []).every((other) => one < other));
    });
    expect(cheaper.map(({ id }) => id)).toEqual([]);
  });

  test('asks a gateway first for no model that others serve, while nothing was measured', () => {
    const view: View = {
      region: 'local',
      now: () => 0,
      random: () => 0.5,
      figures: ({ expected }) => ({ ...expected, errorRate: 0, samples: 0, ratio: 1, sampledAt: null }),
      standing: () => ({ state: 'closed', admits: 'all', reason: null, until: null }),
    };
    const input = { textBytes: 4_000, estimatedTokens: 1_000, pieces: 1, images: 0, opaque: false };
    const firsts = [...catalogue.models.values()].flatMap((model) => {
      const providers = new Set(model.endpoints.map(({ provider }) => provider));
      if (model.type !== 'chat' || !providers.has('openrouter') || providers.size === 1) return [];
      const candidates = model.endpoints.map((endpoint) => ({
        endpoint,
        inputTokens: 1_000,
        outputTokens: 500,
        choices: 1,
      }));
      return (['balanced', 'cost_first', 'latency_first', 'quality_first'] as const).map((profile) => {
        const needs: Needs = {
          capabilities: new Set(),
          input,
          maxOutputTokens: 500,
          choices: 1,
          allowedRegions: null,
          preferences: noPreferences,
          profile,
        };
        return `${model.id} ${rankCandidates(candidates, needs, view).order[0]?.candidate.endpoint.provider}`;
      });
    });
    expect(firsts.length).toBeGreaterThan(300);
    expect(firsts.filter((each) => each.endsWith(' openrouter'))).toEqual([]);
  });

  test('would be told of a price whose time has passed', () => {
    const price = { input: '1', output: '1', until: '2026-11-01' };
    const file = { models: { 'a/b': { endpoints: [{ provider: 'a', model: 'b', price }] } } };
    expect(unpriced([file], Date.parse('2026-10-31'))).toEqual([]);
    expect(unpriced([file], Date.parse('2026-11-01'))).toEqual(['a/b: a/b']);
  });

  test('says what each chat provider takes, and from where it is known', () => {
    for (const { source, providers } of builtinFiles) {
      const chats = Object.entries(providers ?? {}).filter(([id, entry]) => entry?.format === 'chat' && id !== 'mesh');
      expect(chats.filter(([, entry]) => entry?.request?.fields === undefined).map(([id]) => id)).toEqual([]);
      if (chats.length > 0) expect(source).toContain('What is taken: ');
    }
  });

  test('asks every model that reasons for a level that it takes, or for none by name', () => {
    const reasoning = endpoints.filter(({ capabilities }) => capabilities.has('reasoning'));
    const silent = reasoning.filter((one) => one.reasoning.effortLevels.every((level) => level === 'none'));
    expect(silent.map(({ id }) => id)).toEqual(['moonshot/kimi-k2.6']);
    expect(silent.every((one) => one.reasoning.thinkingOff !== null)).toBe(true);
  });

  test('lets nobody’s choice fall on a listed model, whose quality nobody has judged', () => {
    const listed = Object.values(builtinFiles.at(-1)?.models ?? {});
    expect(listed.length).toBeGreaterThan(150);
    expect(listed.filter((entry) => entry?.quality !== 0)).toEqual([]);
  });

  test('gives every model that is held by hand and chats a quality, of which only mesh/echo has none', () => {
    const entries = handFiles
      .flatMap((file) => Object.entries(file.models ?? {}))
      .filter(([, entry]) => entry?.model_type !== 'embedding');
    expect(entries.filter(([, entry]) => entry?.quality === undefined)).toEqual([]);
    expect(entries.filter(([, entry]) => entry?.quality === 0).map(([id]) => id)).toEqual(['mesh/echo']);
  });

  test('gives nothing away', () => {
    for (const { price, embedding } of endpoints) {
      expect(price.input > 0n && price.output > 0n === (embedding === null) && price.cacheRead > 0n).toBe(true);
      expect(price.cacheRead <= price.input && price.cacheWrite <= price.cacheWrite1h).toBe(true);
    }
  });

  test('knows how long the vectors of each embedding model are, and writes no token beside them', () => {
    const embedding = endpoints.filter((endpoint) => endpoint.embedding !== null);
    expect(embedding.length).toBeGreaterThan(10);
    expect(embedding.filter((one) => one.embedding?.dimensions === null || one.maxOutputTokens > 0)).toEqual([]);
  });

  test('lets no model write more than its context holds', () => {
    for (const { maxOutputTokens, contextLength } of endpoints) expect(maxOutputTokens).toBeLessThan(contextLength);
  });

  test('meters no stream whose reasoning is hidden', () => {
    const metered = endpoints.filter((one) => one.visibleOutput === true && one.capabilities.has('reasoning'));
    expect([...new Set(metered.map(({ provider }) => provider))]).toEqual(['deepseek']);
  });

  test('meters Claude where it does not think unasked: since Opus 5 and Sonnet 5 it does', () => {
    const metered = endpoints.filter((one) => one.visibleOutput === 'without_reasoning');
    expect([...new Set(metered.map(({ modelId }) => modelId.replace(/^anthropic[/]claude-\w+-/, '')))].sort()).toEqual([
      '4.5',
      '4.6',
      '4.7',
      '4.8',
    ]);
  });

  test.each([
    ['claude-sonnet-4-5', 'anthropic/claude-sonnet-4.5'],
    ['claude-haiku-4-5-20251001', 'anthropic/claude-haiku-4.5'],
    ['gpt-4o-mini', 'openai/gpt-4o-mini'],
    ['gemini-2.5-flash', 'google/gemini-2.5-flash'],
    ['deepseek-v4-pro', 'deepseek/deepseek-v4-pro'],
    ['openai%2Fgpt-5', 'openai/gpt-5'],
  ])('finds %s by the name that its provider gave it', (name, id) => {
    expect(catalogue.find(name)?.id).toBe(id);
  });

  test('answers mesh/echo in process, at a price', () => {
    expect(catalogue.find('mesh/echo')?.endpoints).toMatchObject([
      {
        url: 'echo://local/chat/completions',
        auth: { type: 'none' },
        visibleOutput: true,
        price: { input: 100_000n, output: 400_000n },
      },
    ]);
  });
});
