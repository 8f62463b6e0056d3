/** A trace collector: OTLP over HTTP, in protobuf, as it is sent to any collector. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
// The messages of the protocol, which are internal to the exporter.
import root from '@opentelemetry/otlp-transformer/build/src/generated/root';

export interface Span {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  /** Empty for the root of a trace. */
  parentSpanId: string;
}

export interface TraceCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string;
  /** All spans that were received. */
  spans: Span[];
  close(): Promise<void>;
}

interface Attribute {
  key: string;
  value: { stringValue?: string };
}

interface Generated {
  opentelemetry: {
    proto: { collector: { trace: { v1: { ExportTraceServiceRequest: { decode(bytes: Uint8Array): unknown } } } } };
  };
}

/** The parts of an ExportTraceServiceRequest that are used. */
interface Request {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: (Record<'traceId' | 'spanId' | 'parentSpanId', Uint8Array> & { name: string })[] }[];
  }[];
}

/** Generated code, which has no types of its own. */
const { ExportTraceServiceRequest } = (root as unknown as Generated).opentelemetry.proto.collector.trace.v1;
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

export async function startTraceCollector(): Promise<TraceCollector> {
  const spans: Span[] = [];
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST' || request.url !== '/v1/traces') {
      response.writeHead(404).end();
      return;
    }
    const { resourceSpans } = ExportTraceServiceRequest.decode(await buffer(request)) as Request;
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
      for (const { name, traceId, spanId, parentSpanId } of scopeSpans.flatMap((scope) => scope.spans)) {
        spans.push({ service, name, traceId: hex(traceId), spanId: hex(spanId), parentSpanId: hex(parentSpanId) });
      }
    }
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
