import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PushedMetrics } from '../../infra/check/ingested.ts';

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
}

export interface OtlpReceiver {
  url: string;
  /** All spans that came, with the service that sent each. */
  spans(): (ReceivedSpan & { service: string })[];
  /** Names of all metrics that came. */
  metrics(): string[];
  /** All that came of metrics, as it came. */
  pushed(): PushedMetrics[];
  close(): Promise<void>;
}

interface Resource {
  attributes: { key: string; value: { stringValue?: string } }[];
}
interface Export {
  resourceSpans?: { resource: Resource; scopeSpans: { spans: ReceivedSpan[] }[] }[];
  resourceMetrics?: PushedMetrics[];
}

/** What a collector of OpenTelemetry is to us: takes OTLP over HTTP, as JSON, and here keeps it. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const got: Export[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    got.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Export);
    res.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () =>
      got.flatMap(({ resourceSpans = [] }) =>
        resourceSpans.flatMap(({ resource, scopeSpans }) => {
          const name = resource.attributes.find(({ key }) => key === 'service.name');
          const service = name?.value.stringValue ?? '';
          return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service })));
        }),
      ),
    metrics: () =>
      got.flatMap(({ resourceMetrics = [] }) =>
        resourceMetrics.flatMap(({ scopeMetrics }) =>
          scopeMetrics.flatMap(({ metrics }) => metrics.map(({ name }) => name)),
        ),
      ),
    pushed: () => got.flatMap(({ resourceMetrics = [] }) => resourceMetrics),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
