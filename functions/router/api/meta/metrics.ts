import { MeshError } from '../../../core/errors.ts';
import { requireScope } from '../../access/admin.ts';
import { authenticateAdmin } from '../../access/authenticate.ts';
import { type Call, commonHeaders } from '../../http/call.ts';
import type { Services } from '../../way/services.ts';

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** `GET /metrics`: what this instance has measured, in Prometheus' text format. There is no such path where it is not offered. */
export async function getMetrics(call: Call, services: Services): Promise<undefined> {
  const { prometheus } = services.telemetry;
  if (prometheus === null) throw new MeshError('not_found', { message: 'There is no such path.' });
  if (!services.openMetrics) requireScope(await authenticateAdmin(call, services.admins), 'operations:read');
  const text = await prometheus();
  call.res.writeHead(200, { ...commonHeaders(call), 'content-type': PROMETHEUS_TEXT }).end(text);
}
