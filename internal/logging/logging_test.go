package logging

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/clvstream/clvstream/internal/config"
)

// inSpan is a context within a span of known ids.
func inSpan(t *testing.T) context.Context {
	return trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1, 2, 3}, SpanID: trace.SpanID{4, 5, 6},
	}))
}

func TestLines(t *testing.T) {
	var b bytes.Buffer
	New(&b, config.Telemetry{LogFormat: config.LogText}).With("a", 1).InfoContext(t.Context(), "done", "b", 2)
	if line := b.String(); !strings.HasSuffix(line, "level=INFO msg=done a=1 b=2\n") {
		t.Errorf("text: %q", line)
	}
	b.Reset()
	New(&b, config.Telemetry{LogFormat: config.LogJSON}).With("a", 1).InfoContext(inSpan(t), "done")
	var line map[string]any
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	delete(line, "time")
	want := map[string]any{
		"level": "INFO", "msg": "done", "a": 1.0,
		"trace_id": "01020300000000000000000000000000", "span_id": "0405060000000000",
	}
	for key, value := range want {
		if line[key] != value {
			t.Errorf("%s is %v, want %v", key, line[key], value)
		}
	}
	if len(line) != len(want) {
		t.Errorf("line: %v", line)
	}
}

func TestLevel(t *testing.T) {
	var b bytes.Buffer
	log := New(&b, config.Telemetry{LogLevel: slog.LevelWarn})
	log.Info("less")
	log.Warn("enough")
	if said := b.String(); strings.Contains(said, "less") || !strings.Contains(said, "enough") {
		t.Errorf("said %q", said)
	}
}

func TestRedisClientSpeaksHereAndOnlyForDebugging(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	var b bytes.Buffer
	Install(&b, config.Telemetry{LogLevel: slog.LevelDebug})
	redisLog{}.Printf(t.Context(), "pool of %d", 3)
	if !strings.Contains(b.String(), `level=DEBUG msg=go-redis says="pool of 3"`) {
		t.Errorf("said %q", b.String())
	}
}
