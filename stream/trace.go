package stream

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/fetch"
)

// mostLinks bounds a batch's links: OpenTelemetry's own limit of a span.
const mostLinks = 128

// trace begins the span of a batch. As the messaging conventions say, it links
// to the traces of the records in it, and is the child of none.
func (t *task) trace(ctx context.Context, batch *fetch.Batch) (context.Context, func()) {
	ctx, span := tracer.Start(ctx, "process "+t.partition.Topic, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
		attribute.String("messaging.system", "kafka"),
		attribute.String("messaging.operation.type", "process"),
		attribute.String("messaging.destination.name", t.partition.Topic),
		attribute.Int("messaging.batch.message_count", len(batch.Records)),
	))
	if span.IsRecording() {
		links := 0
		for i := range batch.Records {
			if linked, ok := spanContext(batch.Records[i].Headers); ok && links < mostLinks {
				span.AddLink(trace.Link{SpanContext: linked})
				links++
			}
		}
	}
	return ctx, func() { span.End() }
}

func spanContext(headers []event.Header) (trace.SpanContext, bool) {
	for _, h := range headers {
		if string(h.Key) == traceparentHeader {
			return parseTraceparent(string(h.Value))
		}
	}
	return trace.SpanContext{}, false
}

func parseTraceparent(value string) (trace.SpanContext, bool) {
	carrier := propagation.MapCarrier{traceparentHeader: value}
	parsed := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier))
	return parsed, parsed.IsValid()
}
