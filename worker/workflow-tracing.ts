/**
 * Workflow spans. This is part of the traced bundle and runs in Temporal's workflow sandbox.
 *
 * The library's interceptors wrap every call in additional promises. Results arrive some microtasks later, and a running
 * workflow may issue its commands in another order, so it could not be replayed after traces are turned on or off. These
 * interceptors return the original promise of the call. Therefore the span of a start ends when the start was requested.
 */
import { trace } from '@opentelemetry/api';
import {
  extractContextFromHeaders,
  headersWithContext,
  instrument,
  instrumentSync,
} from '@temporalio/interceptors-opentelemetry/lib/instrumentation';
import {
  OpenTelemetryInboundInterceptor,
  OpenTelemetryInternalsInterceptor,
  SPAN_DELIMITER,
  SpanName,
} from '@temporalio/interceptors-opentelemetry/lib/workflow';
import { ContinueAsNew, type WorkflowInterceptorsFactory, workflowInfo } from '@temporalio/workflow';

/** The SDK looks for an export with this name. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  // Its constructor sets up the sandbox: the context manager, and the exporter to the worker.
  new OpenTelemetryInboundInterceptor();
  const tracer = trace.getTracer('trailmill');
  const starting = <Input extends { headers: Parameters<typeof headersWithContext>[0] }, Output>(
    what: string,
    input: Input,
    next: (input: Input) => Output,
  ): Output =>
    instrumentSync({
      tracer,
      spanName: what,
      fn: () => next({ ...input, headers: headersWithContext(input.headers) }),
      acceptableErrors: (error) => error instanceof ContinueAsNew,
    });
  return {
    inbound: [
      {
        execute: (input, next) =>
          instrument({
            tracer,
            spanName: `${SpanName.WORKFLOW_EXECUTE}${SPAN_DELIMITER}${workflowInfo().workflowType}`,
            context: extractContextFromHeaders(input.headers),
            fn: () => next(input),
            acceptableErrors: (error) => error instanceof ContinueAsNew,
          }),
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) =>
          starting(`${SpanName.ACTIVITY_START}${SPAN_DELIMITER}${input.activityType}`, input, next),
        startChildWorkflowExecution: (input, next) =>
          starting(`${SpanName.CHILD_WORKFLOW_START}${SPAN_DELIMITER}${input.workflowType}`, input, next),
        continueAsNew: (input, next) =>
          starting(`${SpanName.CONTINUE_AS_NEW}${SPAN_DELIMITER}${input.options.workflowType}`, input, next),
      },
    ],
    internals: [new OpenTelemetryInternalsInterceptor()],
  };
};
