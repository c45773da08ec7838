// Package logging sets up the structured log of every program.
//
//	slog ──► level ──► trace_id, span_id of the context ──► text or JSON lines
//
// It uses OpenTelemetry's API for the ids, not its SDK. Callers log constant messages with
// keys for the variable parts, and no customer data or secrets.
package logging

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace"

	"github.com/clvstream/clvstream/internal/config"
)

// Install makes the default logger, which writes to w, and sends what go-redis
// has to say there too.
func Install(w io.Writer, telemetry config.Telemetry) {
	slog.SetDefault(New(w, telemetry))
	redis.SetLogger(redisLog{})
}

// New is a logger that writes lines of the configured level and format to w.
func New(w io.Writer, telemetry config.Telemetry) *slog.Logger {
	options := &slog.HandlerOptions{Level: telemetry.LogLevel}
	if telemetry.LogFormat == config.LogJSON {
		return slog.New(traced{slog.NewJSONHandler(w, options)})
	}
	return slog.New(traced{slog.NewTextHandler(w, options)})
}

// traced adds the ids of the span in the context to a line.
type traced struct{ slog.Handler }

// Handle implements slog.Handler.
func (h traced) Handle(ctx context.Context, record slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		record.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return h.Handler.Handle(ctx, record)
}

// WithAttrs implements slog.Handler.
func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{h.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (h traced) WithGroup(name string) slog.Handler { return traced{h.Handler.WithGroup(name)} }

// redisLog takes go-redis's own words, which otherwise go to standard error as
// they are. What matters of them comes back as errors, so they are for debugging.
type redisLog struct{}

// Printf implements go-redis's logger.
func (redisLog) Printf(ctx context.Context, format string, v ...any) {
	slog.DebugContext(ctx, "go-redis", "says", fmt.Sprintf(format, v...))
}
