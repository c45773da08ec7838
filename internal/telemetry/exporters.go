package telemetry

import (
	"context"
	"fmt"
	"os"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
)

// The variables that choose exporters.
const (
	metricsExporter = "OTEL_METRICS_EXPORTER"
	tracesExporter  = "OTEL_TRACES_EXPORTER"
	endpoint        = "OTEL_EXPORTER_OTLP_ENDPOINT"
	metricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"
	tracesEndpoint  = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
)

// metricReader is the other destination of the metrics; nil for none. What is scraped is
// served on our own port, so "prometheus" asks for nothing more.
func metricReader(ctx context.Context) (metric.Reader, error) {
	if !wanted(metricsExporter, endpoint, metricsEndpoint) || os.Getenv(metricsExporter) == "prometheus" {
		return nil, nil
	}
	reader, err := autoexport.NewMetricReader(ctx)
	if err != nil {
		return nil, fmt.Errorf("export metrics as %s=%q asks: %w: set otlp, console, prometheus or none", metricsExporter, os.Getenv(metricsExporter), err)
	}
	return reader, nil
}

// spanExporter is the destination of the traces; nil for none.
func spanExporter(ctx context.Context) (trace.SpanExporter, error) {
	if !wanted(tracesExporter, endpoint, tracesEndpoint) {
		return nil, nil
	}
	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("export traces as %s=%q asks: %w: set otlp, console or none", tracesExporter, os.Getenv(tracesExporter), err)
	}
	return exporter, nil
}

// wanted says whether an exporter is named, or one of the endpoints is.
func wanted(exporter string, endpoints ...string) bool {
	if name := os.Getenv(exporter); name != "" {
		return name != "none"
	}
	for _, variable := range endpoints {
		if os.Getenv(variable) != "" {
			return true
		}
	}
	return false
}
