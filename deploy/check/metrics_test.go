package check

import (
	"go/ast"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/otlptranslator"
)

// family is a metric as docs/metrics.md lists it, by Prometheus' name.
type family struct {
	kind   string // counter, gauge or histogram
	labels []string
}

var (
	familyRow = regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (counter|gauge|histogram) \\| ([^|]*)\\|")
	quoted    = regexp.MustCompile("`(\\w+)`")
)

// documented are the metrics that docs/metrics.md lists.
func documented(t *testing.T) map[string]family {
	t.Helper()
	families := make(map[string]family)
	for _, row := range familyRow.FindAllStringSubmatch(read(t, "docs/metrics.md"), -1) {
		f := family{kind: row[2]}
		for _, label := range quoted.FindAllStringSubmatch(row[3], -1) {
			f.labels = append(f.labels, label[1])
		}
		families[row[1]] = f
	}
	return families
}

// instruments are the constructors of OpenTelemetry's meter, and what becomes of
// each.
var instruments = map[string]otlptranslator.MetricType{
	"Counter":           otlptranslator.MetricTypeMonotonicCounter,
	"ObservableCounter": otlptranslator.MetricTypeMonotonicCounter,
	"Histogram":         otlptranslator.MetricTypeHistogram,
	"Gauge":             otlptranslator.MetricTypeGauge,
	"ObservableGauge":   otlptranslator.MetricTypeGauge,
	"UpDownCounter":     otlptranslator.MetricTypeNonMonotonicCounter,
}

var kinds = map[otlptranslator.MetricType]string{
	otlptranslator.MetricTypeMonotonicCounter:    "counter",
	otlptranslator.MetricTypeHistogram:           "histogram",
	otlptranslator.MetricTypeGauge:               "gauge",
	otlptranslator.MetricTypeNonMonotonicCounter: "gauge",
}

// instrumented are the instruments in the code, named as the exporter names them.
func instrumented(t *testing.T) map[string]string {
	t.Helper()
	namer := otlptranslator.NewMetricNamer("", otlptranslator.UnderscoreEscapingWithSuffixes)
	found := make(map[string]string)
	for _, file := range slices.Concat(goFiles(t, "state"), goFiles(t, "stream"), goFiles(t, "internal")) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			kind, isInstrument := instruments[strings.TrimPrefix(strings.TrimPrefix(called(call), "Int64"), "Float64")]
			name, isText := text(call.Args[0])
			if !isInstrument || !isText || !strings.HasPrefix(name, "clvstream.") {
				return true
			}
			exported, err := namer.Build(otlptranslator.Metric{Name: name, Unit: unitOf(call), Type: kind})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			found[exported] = kinds[kind]
			return true
		})
	}
	return found
}

// called is the name of the method or function.
func called(call *ast.CallExpr) string {
	if selector, ok := call.Fun.(*ast.SelectorExpr); ok {
		return selector.Sel.Name
	}
	return ""
}

func unitOf(call *ast.CallExpr) string {
	for _, argument := range call.Args[1:] {
		if option, ok := argument.(*ast.CallExpr); ok && called(option) == "WithUnit" {
			unit, _ := text(option.Args[0])
			return unit
		}
	}
	return ""
}

func TestMetricsAreDocumented(t *testing.T) {
	said := make(map[string]string)
	for name, f := range documented(t) {
		said[name] = f.kind
	}
	there := instrumented(t)
	for name, kind := range there {
		if said[name] != kind {
			t.Errorf("%s is a %s; docs/metrics.md says %q", name, kind, said[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		if there[name] == "" {
			t.Errorf("docs/metrics.md lists %s, which no code makes", name)
		}
	}
}
