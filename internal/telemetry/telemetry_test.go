package telemetry

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
)

// scrape is what can be scraped now.
func scrape(t *testing.T, metrics http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	metrics.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// begin starts telemetry and ends it with the test.
func begin(t *testing.T) *Telemetry {
	t.Helper()
	telemetry, err := Start(t.Context(), "clvstream-test", "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := telemetry.Shutdown(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	return telemetry
}

func TestMetricsAreScrapedAndNoSpanIsRecorded(t *testing.T) {
	telemetry := begin(t)
	counter, err := otel.Meter("test").Int64Counter("test.things")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 3)
	text := scrape(t, telemetry.Metrics())
	for _, want := range []string{"test_things_total 3\n", `service_name="clvstream-test"`, `service_version="1.2.3"`, "go_goroutines ", "process_open_fds "} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in:\n%s", want, text)
		}
	}
	if _, span := otel.Tracer("test").Start(t.Context(), "s"); span.IsRecording() {
		t.Error("a span is recorded although nobody asked for traces")
	}
}

func TestEnvironmentNamesTheService(t *testing.T) {
	t.Setenv("OTEL_SERVICE_NAME", "ours")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=staging")
	text := scrape(t, begin(t).Metrics())
	for _, want := range []string{`service_name="ours"`, `deployment_environment="staging"`, `service_version="1.2.3"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in:\n%s", want, text)
		}
	}
}

func TestDisabled(t *testing.T) {
	t.Setenv("OTEL_SDK_DISABLED", "true")
	if begin(t).Metrics() != nil {
		t.Error("metrics are served")
	}
}

// TestExporters reads from the variables who gets what.
func TestExporters(t *testing.T) {
	for _, tc := range []struct {
		name            string
		env             map[string]string
		metrics, traces bool
	}{
		{"nothing set", nil, false, false},
		{"an endpoint", map[string]string{endpoint: "http://127.0.0.1:1"}, true, true},
		{"an endpoint for traces", map[string]string{tracesEndpoint: "http://127.0.0.1:1"}, false, true},
		{"an endpoint for metrics", map[string]string{metricsEndpoint: "http://127.0.0.1:1"}, true, false},
		{"an endpoint, metrics scraped only", map[string]string{endpoint: "http://127.0.0.1:1", metricsExporter: "prometheus"}, false, true},
		{"an endpoint, no traces", map[string]string{endpoint: "http://127.0.0.1:1", tracesExporter: "none"}, true, false},
		{"by name", map[string]string{metricsExporter: "otlp", tracesExporter: "console"}, true, true},
		{"none", map[string]string{metricsExporter: "none", tracesExporter: "none"}, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for variable, value := range tc.env {
				t.Setenv(variable, value)
			}
			reader, err := metricReader(t.Context())
			if err != nil || (reader != nil) != tc.metrics {
				t.Errorf("metrics: %v, %v", reader, err)
			}
			exporter, err := spanExporter(t.Context())
			if err != nil || (exporter != nil) != tc.traces {
				t.Errorf("traces: %v, %v", exporter, err)
			}
		})
	}
}

func TestUnknownExporters(t *testing.T) {
	for variable, value := range map[string]string{metricsExporter: "statsd", tracesExporter: "jaeger"} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, value)
			if _, err := Start(t.Context(), "s", "v"); err == nil || !strings.Contains(err.Error(), variable) || !strings.Contains(err.Error(), value) {
				t.Errorf("error: %v", err)
			}
		})
	}
}
