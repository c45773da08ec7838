package check

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// common are the series that every scrape has, with the labels that are used
// here. The runtime's come from Prometheus' own collectors.
var common = map[string]family{
	"up":                            {kind: "gauge"},
	"target_info":                   {kind: "gauge", labels: []string{"service_name", "service_version"}},
	"process_cpu_seconds_total":     {kind: "counter"},
	"process_resident_memory_bytes": {kind: "gauge"},
	"go_goroutines":                 {kind: "gauge"},
}

// scraped are the labels that Prometheus adds to every series.
var scraped = []string{model.MetricNameLabel, "job", "instance"}

// familyOf finds the family of a series: a histogram has three.
func familyOf(t *testing.T, series string) (f family, found bool) {
	t.Helper()
	all := documented(t)
	if f, found = all[series]; found {
		return f, f.kind != "histogram"
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		name, is := strings.CutSuffix(series, suffix)
		if h, known := all[name]; is && known && h.kind == "histogram" {
			return family{kind: "counter", labels: append(slices.Clone(h.labels), "le")}, true
		}
	}
	f, found = common[series]
	return f, found
}

// checkQuery parses a query as Prometheus does, and holds its series and labels
// to what the programs export. It gives the labels that the result can have.
func checkQuery(t *testing.T, query string) (resultLabels []string) {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return nil
	}
	known := slices.Clone(scraped)
	parser.Inspect(expr, func(n parser.Node, path []parser.Node) error {
		selector, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		f, found := familyOf(t, selector.Name)
		if !found {
			t.Errorf("%s: nobody exports %s", query, selector.Name)
		}
		known = append(known, f.labels...)
		for _, m := range selector.LabelMatchers {
			if !slices.Contains(append(f.labels, scraped...), m.Name) {
				t.Errorf("%s: %s has no label %s", query, selector.Name, m.Name)
			}
		}
		if rated(path) && f.kind != "counter" {
			t.Errorf("%s: the rate of %s, a %s, says nothing", query, selector.Name, f.kind)
		}
		return nil
	})
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if a, ok := n.(*parser.AggregateExpr); ok {
			for _, label := range a.Grouping {
				if !slices.Contains(known, label) {
					t.Errorf("%s: no series has a label %s", query, label)
				}
			}
		}
		return nil
	})
	if a, ok := expr.(*parser.AggregateExpr); ok && !a.Without {
		return a.Grouping
	}
	return known
}

// rated says whether a rate is taken somewhere above a node.
func rated(path []parser.Node) bool {
	return slices.ContainsFunc(path, func(n parser.Node) bool {
		call, ok := n.(*parser.Call)
		return ok && (call.Func.Name == "rate" || call.Func.Name == "increase")
	})
}

var legendLabel = regexp.MustCompile(`\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}`)

// checkText holds the labels that a legend or an alert's text names to those
// that its query gives.
func checkText(t *testing.T, text string, given []string) {
	t.Helper()
	for _, match := range legendLabel.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(given, match[1]) {
			t.Errorf("%q names a label that its query does not give: %v", text, given)
		}
	}
}

// dashboard is what is looked at here of Grafana's model, which has no schema to
// hold it to.
type dashboard struct {
	UID    string
	Panels []struct {
		ID         int
		Type       string
		Title      string
		GridPos    struct{ X, Y, W, H int }
		Datasource struct{ Type, UID string }
		Targets    []struct{ RefID, Expr, LegendFormat string }
	}
}

func TestDashboard(t *testing.T) {
	var d dashboard
	if err := json.Unmarshal([]byte(read(t, "deploy/grafana/dashboards/clvstream.json")), &d); err != nil {
		t.Fatal(err)
	}
	// Grafana puts numbers in for these.
	filled := strings.NewReplacer("$__rate_interval", "1m", "$__range", "1h")
	taken := make(map[[2]int]string)
	shown := ""
	for i, p := range d.Panels {
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%s lies over %q or outside", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.ID != i+1 {
			t.Errorf("%s: id %d is not the panel's number, %d", p.Title, p.ID, i+1)
		}
		if p.Type != "row" && (p.Datasource.UID != "${datasource}" || len(p.Targets) == 0) {
			t.Errorf("%s asks %q %d times", p.Title, p.Datasource.UID, len(p.Targets))
		}
		for _, target := range p.Targets {
			shown += target.Expr
			checkText(t, target.LegendFormat, checkQuery(t, filled.Replace(target.Expr)))
		}
	}
	for name := range documented(t) {
		if !strings.Contains(shown, name) {
			t.Errorf("no panel shows %s", name)
		}
	}
}
