package process

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

var meter = otel.Meter("github.com/clvstream/clvstream/internal/process")

var (
	otherSettings, _ = meter.Int64Gauge("clvstream.settings.different", metric.WithUnit("{setting}"),
		metric.WithDescription("Settings in which other processes at work differ from this one where they should not."))
	readiness, _ = meter.Int64ObservableGauge("clvstream.ready", metric.WithUnit("{process}"),
		metric.WithDescription("1 while the process can do its work, as /readyz says, else 0."))
)
