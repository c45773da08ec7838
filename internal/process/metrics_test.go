package process

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/webhook"
)

// documented is a row of the table of metrics.
type documented struct {
	kind   string // counter, gauge or histogram
	labels []string
	of     string              // consumer, publisher or both
	values map[string][]string // by label; partitions and lanes have an example
}

var (
	metricRow  = regexp.MustCompile("(?m)^\\| `(clvstream_\\w+)` \\| (\\w+) \\| ([^|]*)\\| (\\w+) \\| .+ \\|$")
	labelRow   = regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (`clvstream_[^|]+) \\| ([^|]+) \\|$")
	quoted     = regexp.MustCompile("`([^`]+)`")
	instrument = regexp.MustCompile(`meter\.(Int64|Float64)(\w+)\("([\w.]+)", metric\.WithUnit\("([^"]+)"\)`)
)

func words(cell string) []string {
	var found []string
	for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
		found = append(found, m[1])
	}
	return found
}

func readDocument(t *testing.T) map[string]documented {
	t.Helper()
	data, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	metrics := map[string]documented{}
	for _, row := range metricRow.FindAllStringSubmatch(string(data), -1) {
		metrics[row[1]] = documented{kind: row[2], labels: words(row[3]), of: row[4], values: map[string][]string{}}
	}
	for _, row := range labelRow.FindAllStringSubmatch(string(data), -1) {
		for _, metric := range words(row[2]) {
			if metrics[metric].values == nil {
				t.Fatalf("label %s is of %s, which is not documented", row[1], metric)
			}
			metrics[metric].values[row[1]] = words(row[3])
		}
	}
	return metrics
}

// TestMetricsAreDocumented compares the instruments in the source with the
// table: neither has one that the other lacks.
func TestMetricsAreDocumented(t *testing.T) {
	declared := map[string]string{}
	for _, pattern := range []string{"../../state/*.go", "../../state/*/*.go", "../../stream/*.go", "../../stream/*/*.go", "*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range instrument.FindAllStringSubmatch(string(source), -1) {
				kind := strings.ToLower(strings.TrimPrefix(m[2], "Observable"))
				declared[prometheusName(m[3], m[4], kind)] = kind
			}
		}
	}
	metrics := readDocument(t)
	for name, kind := range declared {
		if metrics[name].kind != kind {
			t.Errorf("%s: the document has kind %q, the source %s", name, metrics[name].kind, kind)
		}
	}
	for name := range metrics {
		if declared[name] == "" {
			t.Errorf("%s: is documented, and not in the source", name)
		}
	}
}

// prometheusName is what the exporter makes of an instrument's name.
func prometheusName(name, unit, kind string) string {
	name = strings.ReplaceAll(name, ".", "_")
	if unit == "s" && !strings.HasSuffix(name, "_seconds") {
		name += "_seconds"
	}
	if kind == "counter" {
		name += "_total"
	}
	return name
}

// TestLabelValuesAreDocumented compares the closed sets in the source with what
// the document lists.
func TestLabelValuesAreDocumented(t *testing.T) {
	var refusals []string
	for _, reason := range history.RefusalReasons() {
		refusals = append(refusals, reason.String())
	}
	causes := found(t, "../../state/verdict.go", `(?:Passes|Newer), "(\w+)"|"([A-Z]+)":\s+Passes`)
	outcomes := found(t, "../../stream/webhook/outcome.go", `(?m)^\t[A-Z]\w+\s+Class = "(\w+)"`)
	retries := found(t, "../../stream/fetch/errors.go", `RetryReason = "(\w+)"`)
	metrics := readDocument(t)
	for _, tc := range []struct {
		metric, label string
		want          []string
	}{
		{"clvstream_dead_letters_total", "reason", refusals},
		{"clvstream_fetch_retries_total", "reason", retries},
		{"clvstream_commit_retries_total", "cause", causes},
		{"clvstream_webhook_tries_total", "outcome", outcomes},
		{"clvstream_webhook_dead_total", "outcome", outcomes},
	} {
		slices.Sort(tc.want)
		if got := slices.Sorted(slices.Values(metrics[tc.metric].values[tc.label])); len(got) == 0 || !slices.Equal(got, tc.want) {
			t.Errorf("%s: documented are %v, there are %v", tc.metric, got, tc.want)
		}
	}
}

// untilFetchesAreRetried takes Kafka away until a fetch has found it gone. A
// heartbeat may find that first, and end the fetches.
func untilFetchesAreRetried(t *testing.T, pair *testbed.Pair, consumer *child) {
	t.Helper()
	const tries, patience = 10, 3 * time.Second
	for range tries {
		consumer.ready(t)
		pair.KafkaDown(t)
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if _, text := get(t, consumer.url(t, "/metrics")); strings.Contains(text, "clvstream_fetch_retries_total") {
				pair.KafkaUp(t)
				return
			}
		}
		pair.KafkaUp(t)
	}
	t.Errorf("no fetch was tried again in %d outages", tries)
}

// found is what a pattern's groups match in a file, in lower case.
func found(t *testing.T, file, pattern string) []string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(source), -1) {
		values = append(values, strings.ToLower(strings.Join(m[1:], "")))
	}
	return values
}

// TestMetricsOfARun scrapes both programs after traffic and trouble, and finds
// nothing but what is documented: names, kinds, labels and their values.
func TestMetricsOfARun(t *testing.T) {
	d := deploy(t, testbed.EmbeddedPair(t))
	consumer := start(t, Consumer, nil, d.flags(Consumer)...)
	setting, environment, taken := d.webhook(t)
	publisher := start(t, Publisher, environment, d.flags(Publisher, "--set", setting)...)
	consumer.ready(t)
	publisher.ready(t)
	d.produce(t, append(spoiltEvents(), order(1, "c"))...)
	d.records(t, d.namespace+".changes", 2)
	d.pair.RedisDown(t)
	d.produce(t, order(2, "c"))
	consumer.says(t, "commit is retried")
	publisher.says(t, "lane restarts")
	d.pair.RedisUp(t)
	d.records(t, d.namespace+".changes", 3)
	untilFetchesAreRetried(t, d.pair, consumer)
	d.produce(t, order(3, "c"))
	d.records(t, d.namespace+".changes", 4)
	testbed.Await(t, "the changes to be taken by the webhook's receiver", func() bool { return taken() >= 4 })

	metrics := readDocument(t)
	rare := []string{ // what only races, replicas' failures and restores bring about
		"clvstream_commit_conflicts_total", "clvstream_join_retries_total", "clvstream_rollbacks_total", "clvstream_fenced_total",
		"clvstream_events_late_total", "clvstream_events_lateness_seconds", "clvstream_due_conflicts_total", "clvstream_due_fired_total", "clvstream_due_changes_total", // and silence, which a test has no time for
		"clvstream_statistics_age_seconds", "clvstream_refresh_seen_total", "clvstream_refresh_counted_total", // likewise: after a pass
		"clvstream_refunds_exceeding_total", // refunds that are wrong
		"clvstream_customers_erased_total",  // and erasures
		"clvstream_records_left_out_total",  // and mappings
		// and what only audiences that are configured have
		"clvstream_audience_published_total", "clvstream_audience_failures_total",
		"clvstream_hanging_transactions_total",
		"clvstream_webhook_dead_total", "clvstream_webhook_expired_total", // changes that are never taken
	}
	for name, c := range map[string]*child{"consumer": consumer, "publisher": publisher} {
		seen := scrape(t, name, c, metrics)
		for metric, row := range metrics {
			if (row.of == name || row.of == "both") && !seen[metric] && !slices.Contains(rare, metric) {
				t.Errorf("%s: %s is missing", name, metric)
			}
		}
	}
}

// webhook is a receiver as a setting, its secret in the environment, and how many changes it has
// taken. It refuses the first one at first.
func (d *deployment) webhook(t *testing.T) (setting string, environment []string, taken func() int64) {
	t.Helper()
	var calls atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(receiver.Close)
	specs := webhook.TopicSpecs(d.namespace, []string{"crm"}, 2, -1)
	if _, err := cluster.CreateTopics(t.Context(), kadm.NewClient(d.pair.KafkaClient(t)), specs); err != nil {
		t.Fatal(err)
	}
	setting = fmt.Sprintf("webhooks=[{name: crm, url: '%s', secrets: ['env:CRM_SECRET'], schedule: [10ms, 1s, 1m], allow_http: true, allow_internal: [127.0.0.1]}]", receiver.URL)
	return setting, []string{"CRM_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, func() int64 { return calls.Load() - 1 }
}

// scrape checks all that a program serves, and gives the names of what is ours.
func scrape(t *testing.T, program string, c *child, metrics map[string]documented) map[string]bool {
	t.Helper()
	answer, err := http.Get(c.url(t, "/metrics"))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for name, family := range families {
		row, ours := metrics[name]
		if !ours {
			if !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") && name != "target_info" {
				t.Errorf("%s: %s is not documented", program, name)
			}
			continue
		}
		seen[name] = true
		if kind := strings.ToLower(family.GetType().String()); kind != row.kind || row.of != program && row.of != "both" {
			t.Errorf("%s: %s is a %s; documented is a %s of %s", program, name, kind, row.kind, row.of)
		}
		for _, sample := range family.Metric {
			labels := map[string]string{}
			for _, pair := range sample.Label {
				labels[pair.GetName()] = pair.GetValue()
			}
			if got := slices.Sorted(maps.Keys(labels)); !slices.Equal(got, row.labels) {
				t.Errorf("%s: %s has labels %v; documented are %v", program, name, got, row.labels)
			}
			for label, value := range labels {
				if form := forms[label]; form != nil && form.MatchString(value) {
					continue
				}
				if !slices.Contains(row.values[label], value) {
					t.Errorf("%s: %s{%s=%q} is not among the documented values", program, name, label, value)
				}
			}
		}
	}
	return seen
}

// forms are those of labels that have no closed set.
var forms = map[string]*regexp.Regexp{
	"partition": regexp.MustCompile(`^[\w.-]+/\d+$`),
	"lane":      regexp.MustCompile(`^\d+$`),
	"input":     regexp.MustCompile(`^[\w.-]+$`),
	"webhook":   regexp.MustCompile(`^[\w-]+$`),
}
