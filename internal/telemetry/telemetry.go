// Package telemetry sets up OpenTelemetry's SDK for the long-running programs, as the
// OTEL_* variables say.
//
//	meters ──┬──► Metrics(): Prometheus text, on the program's own port
//	         └──► OTEL_METRICS_EXPORTER: otlp, console
//	tracers ─────► OTEL_TRACES_EXPORTER: otlp, console
//
// By default no traces are recorded and metrics are only served for scraping. An OTLP
// endpoint alone enables otlp, as in OpenTelemetry's own default. OTEL_SDK_DISABLED=true
// disables everything.
//
// It refuses an unknown exporter and names the variable. A collector that is unreachable
// is only logged. Only programs that export link this package, because it takes long to
// compile.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	promexporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// Telemetry is the providers that are in force until Shutdown.
type Telemetry struct {
	registry *prometheus.Registry // nil: disabled
	closers  []func(context.Context) error
}

// Start sets the global providers. The service's name and version can be
// overridden by OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
func Start(ctx context.Context, service, version string) (*Telemetry, error) {
	t := &Telemetry{}
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return t, nil
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { slog.Warn("telemetry error", "error", err) }))
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	about, err := describe(ctx, service, version)
	if err != nil {
		return nil, fmt.Errorf("start telemetry: %w", err)
	}
	if err := errors.Join(t.startMetrics(ctx, about), t.startTraces(ctx, about)); err != nil {
		return nil, fmt.Errorf("start telemetry: %w", errors.Join(err, t.Shutdown(ctx)))
	}
	return t, nil
}

// describe is who exports. The environment comes last, so it wins.
func describe(ctx context.Context, service, version string) (*resource.Resource, error) {
	return resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithHost(),
		resource.WithAttributes(attribute.String("service.name", service), attribute.String("service.version", version)),
		resource.WithFromEnv(),
	)
}

func (t *Telemetry) startMetrics(ctx context.Context, about *resource.Resource) error {
	t.registry = prometheus.NewRegistry()
	t.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	scraped, err := promexporter.New(promexporter.WithRegisterer(t.registry), promexporter.WithoutScopeInfo())
	if err != nil {
		return err
	}
	options := []metric.Option{metric.WithResource(about), metric.WithReader(scraped)}
	exported, err := metricReader(ctx)
	if err != nil {
		return err
	}
	if exported != nil {
		options = append(options, metric.WithReader(exported))
	}
	provider := metric.NewMeterProvider(options...)
	otel.SetMeterProvider(provider)
	t.closers = append(t.closers, provider.Shutdown)
	return nil
}

func (t *Telemetry) startTraces(ctx context.Context, about *resource.Resource) error {
	exporter, err := spanExporter(ctx)
	if err != nil || exporter == nil {
		return err
	}
	provider := trace.NewTracerProvider(trace.WithResource(about), trace.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	t.closers = append(t.closers, provider.Shutdown)
	return nil
}

// Metrics serves what can be scraped; nil when telemetry is disabled.
func (t *Telemetry) Metrics() http.Handler {
	if t.registry == nil {
		return nil
	}
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// Shutdown exports what is left, until ctx is done.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	var failed error
	for _, shutdown := range t.closers {
		failed = errors.Join(failed, shutdown(ctx))
	}
	return failed
}
