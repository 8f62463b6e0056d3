/**
 * OpenTelemetry traces, which are on if the standard variable sets an endpoint. Only then are the packages loaded. The
 * exporter itself reads the other variables (headers, timeout, TLS):
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory, WorkerOptions } from '@temporalio/worker';
import { TRACED_WORKFLOW_BUNDLE, version } from '../install/package.js';
import { withUserInfo } from '../storage/address.js';
import { hasUserInfo } from '../text/hide-secrets.js';

/** What workers and clients need to create spans. */
export interface Tracing {
  /** For clients: creates a span for each workflow start, signal and query. */
  client: WorkflowClientInterceptor;
  /** For workers: the workflows in this bundle create spans, and pass them to the sinks. */
  workflowBundle: string;
  activity: ActivityInterceptorsFactory;
  sinks: WorkerOptions['sinks'];
  /** Sends pending spans. Limited to a few seconds, so that a collector that does not respond delays nothing. */
  flush(): Promise<void>;
}

/** Milliseconds. */
const FLUSH_LIMIT = 2_000;

let started: Promise<Tracing | undefined> | undefined;

/** Starts tracing once per process; `undefined` if it is off. Throws `UserMistake` for an endpoint with a password in it. */
export async function startTracing(env: NodeJS.ProcessEnv = process.env): Promise<Tracing | undefined> {
  started ??= isWanted(env) ? start(env) : Promise.resolve(undefined);
  return started;
}

function isWanted(env: NodeJS.ProcessEnv): boolean {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint && hasUserInfo(endpoint)) throw withUserInfo('endpoint of OTEL_EXPORTER_OTLP_ENDPOINT', endpoint);
  return !!endpoint && env.OTEL_SDK_DISABLED?.toLowerCase() !== 'true' && env.OTEL_TRACES_EXPORTER !== 'none';
}

async function start(env: NodeJS.ProcessEnv): Promise<Tracing> {
  const [interceptors, exporters, resources, sdk] = await Promise.all([
    import('@temporalio/interceptors-opentelemetry'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace-node'),
  ]);
  const own = { 'service.name': env.OTEL_SERVICE_NAME || 'trailmill', 'service.version': version() };
  const resource = resources.Resource.default()
    .merge(new resources.Resource(own))
    .merge(new resources.Resource(resources.envDetectorSync.detect().attributes));
  const processor = new sdk.BatchSpanProcessor(new exporters.OTLPTraceExporter());
  const provider = new sdk.NodeTracerProvider({ resource, spanProcessors: [processor] });
  provider.register();
  return {
    client: new interceptors.OpenTelemetryWorkflowClientInterceptor(),
    workflowBundle: TRACED_WORKFLOW_BUNDLE,
    activity: (context) => ({
      inbound: new interceptors.OpenTelemetryActivityInboundInterceptor(context),
      outbound: new interceptors.OpenTelemetryActivityOutboundInterceptor(context),
    }),
    sinks: { exporter: interceptors.makeWorkflowExporter(processor, resource) },
    async flush() {
      let limit: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        limit = setTimeout(resolve, FLUSH_LIMIT);
      });
      await Promise.race([provider.forceFlush().catch(() => {}), late]);
      clearTimeout(limit);
    },
  };
}
