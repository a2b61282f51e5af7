import { delimiter, dirname, join } from 'node:path';

/** Our own command line, which starts clients and writes their settings. */
const MESH = join(import.meta.dirname, '../../functions/cli/index.ts');

/**
 * What a client's process knows of the world: a home of its own, so that nobody's settings or credentials are read; nothing
 * sent to its makers; and a proxy at which whatever is asked beyond this machine ends.
 */
export function clientEnvironment(home: string, nowhere: string): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
    HOME: home,
    MESH_PROGRAM: MESH,
    TMPDIR: home,
    LANG: 'C.UTF-8',
    CI: 'true',
    NO_COLOR: '1',
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    http_proxy: nowhere,
    https_proxy: nowhere,
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    DO_NOT_TRACK: '1',
    OPENAI_AGENTS_DISABLE_TRACING: '1',
    LITELLM_TELEMETRY: 'False',
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    LANGCHAIN_TRACING_V2: 'false',
    LANGSMITH_TRACING: 'false',
    AI_SDK_LOG_WARNINGS: 'false',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
  };
}
