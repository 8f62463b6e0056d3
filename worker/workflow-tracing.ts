/**
 * Spans of workflows: part of the traced bundle, where it runs inside of Temporal's sandbox.
 *
 * The interceptors of the library wrap every call in further promises, so that answers come some microtasks later, and a
 * workflow under way issues its commands in another order: it would not replay any more when traces are turned on or
 * off. These hand on the very promise of the call. So a span of a start ends when the start was asked for.
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

/** By this name the SDK looks for it. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  // Making one sets up the sandbox: its context manager, and the exporter to the worker.
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
