package webhooks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/schema"
	"github.com/clvstream/clvstream/stream/webhook"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// booth is a namespace with a webhook, and a receiver that refuses what a test says.
type booth struct {
	Desk
	pair    *testbed.Pair
	webhook webhook.Webhook
	server  *httptest.Server

	mu      sync.Mutex
	refuses func(id string) bool
	taken   []string // ids, in order
}

func newBooth(t *testing.T, pair *testbed.Pair) *booth {
	t.Helper()
	b := &booth{pair: pair, refuses: func(string) bool { return false }}
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.ReadAll(q.Body)
		b.mu.Lock()
		defer b.mu.Unlock()
		id := q.Header.Get("webhook-id")
		if b.refuses(id) {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		b.taken = append(b.taken, id)
		fmt.Fprint(w, "thank you")
	}))
	t.Cleanup(b.server.Close)
	key, err := webhook.ParseKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	namespace := testbed.Unique(t)
	b.Desk = Desk{Kafka: cluster.Access{Brokers: pair.Brokers, ClientID: "test"}, Client: pair.KafkaClient(t), Namespace: namespace}
	b.webhook = webhook.Webhook{
		Name: "crm", URL: b.server.URL, Source: namespace + ".changes", Keys: []webhook.Key{key}, Timeout: 5 * time.Second,
		Schedule: webhook.Schedule{time.Millisecond}, InFlight: 8, AllowInternal: []string{"127.0.0.1"},
	}
	pair.CreateTopic(t, b.webhook.Source, 2)
	for _, spec := range webhook.TopicSpecs(namespace, []string{"crm"}, 2, -1) {
		pair.CreateTopic(t, spec.Name, spec.Partitions)
	}
	return b
}

func (b *booth) of() Webhook { return Webhook{Name: "crm", Host: "there", Source: b.webhook.Source} }

// start runs a sender until stop.
func (b *booth) start(t *testing.T) (stop func()) {
	t.Helper()
	sender, err := webhook.NewSender(t.Context(), webhook.Config{
		Kafka: b.Kafka, Namespace: b.Namespace, Webhooks: []webhook.Webhook{b.webhook}, SessionTimeout: 6 * time.Second, Grace: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sender.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func (b *booth) write(t *testing.T, customer string, versions ...int) {
	t.Helper()
	for _, version := range versions {
		testbed.Produce(t, b.Client, &kgo.Record{
			Topic: b.webhook.Source, Key: []byte(customer), Value: fmt.Appendf(nil, `{"version":%d}`, version),
			Headers: []kgo.RecordHeader{
				{Key: "ce_id", Value: fmt.Appendf(nil, "%s/%d", customer, version)}, {Key: "ce_type", Value: []byte("t")}, {Key: "ce_time", Value: []byte("2026-03-14T09:26:53Z")},
			},
		})
	}
}

func (b *booth) refuse(refuses func(string) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuses = refuses
}

// has waits until ids were taken, and gives those of a customer.
func (b *booth) has(t *testing.T, n int) {
	t.Helper()
	testbed.Await(t, fmt.Sprint(n, " changes to be taken"), func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.taken) >= n
	})
}

func (b *booth) takenOf(customer string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var own []string
	for _, id := range b.taken {
		if rest, is := strings.CutPrefix(id, customer+"/"); is {
			own = append(own, rest)
		}
	}
	return strings.Join(own, " ")
}

func (b *booth) report(t *testing.T) Report {
	t.Helper()
	reports, err := b.List(t.Context(), []Webhook{b.of()})
	if err != nil {
		t.Fatal(err)
	}
	return reports[0]
}

// awaitReport waits until the report is as wanted.
func (b *booth) awaitReport(t *testing.T, what string, is func(Report) bool) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("the report is %+v", b.report(t))
		}
	}()
	testbed.Await(t, what, func() bool { return is(b.report(t)) })
}

func onKafka(t *testing.T, test func(t *testing.T, b *booth)) {
	t.Run("kfake", func(t *testing.T) { test(t, newBooth(t, testbed.EmbeddedPair(t))) })
	t.Run("kafka", func(t *testing.T) { test(t, newBooth(t, testbed.RealPair(t))) })
}

// What died is listed, and sent once more: in order per customer, once, after its cause is mended.
func TestReplaysTheDead(t *testing.T) {
	onKafka(t, func(t *testing.T, b *booth) {
		if r := b.report(t); r.State != Idle {
			t.Errorf("before the first start it is %+v", r)
		}
		b.refuse(func(id string) bool { return strings.HasPrefix(id, "bad/") })
		b.start(t)
		b.write(t, "bad", 1, 2, 3)
		dead := func(r Report) bool { return r.Dead == 3 }
		for i := 1; !dead(b.report(t)); i++ {
			b.write(t, "good", i) // tries count while others are taken
		}
		b.awaitReport(t, "nothing to wait", func(r Report) bool { return r.Lag == 0 })
		if r := b.report(t); r.State != Sending || r.Failure != "refused" || r.FailedAt == nil {
			t.Errorf("it is %+v", r)
		}
		request := Request{Webhook: b.of()}
		found, err := b.Replay(t.Context(), request)
		if err != nil || len(found.Changes) != 3 || found.Sent != 0 {
			t.Fatalf("found are %+v, %v", found, err)
		}
		if c := found.Changes[0]; c.Customer != "bad" || c.Reason != "refused" || c.Status != "422" || c.Tries != 2 {
			t.Errorf("the first is %+v", c)
		}
		b.refuse(func(string) bool { return false })
		request.Send = true
		for i, want := range []int{3, 0} {
			if found, err := b.Replay(t.Context(), request); err != nil || found.Sent != want {
				t.Errorf("run %d sent %+v, %v, want %d", i+1, found, err, want)
			}
		}
		testbed.Await(t, "the dead to be taken", func() bool { return b.takenOf("bad") == "1 2 3" })
		b.awaitReport(t, "an empty report", func(r Report) bool { return r.Lag == 0 && r.Replays == 0 && r.Dead == 0 })
		request.FromStart, request.Send = true, false
		if found, err := b.Replay(t.Context(), request); err != nil || len(found.Changes) != 3 {
			t.Errorf("from the start there are %+v, %v", found, err)
		}
	})
}

// Changes of the topic are sent once more: of a customer, or since a time.
func TestReplaysTheTopic(t *testing.T) {
	onKafka(t, func(t *testing.T, b *booth) {
		b.start(t)
		b.write(t, "a", 1, 2)
		b.write(t, "b", 1)
		b.has(t, 3)
		time.Sleep(20 * time.Millisecond) // Kafka's times are of milliseconds
		since := time.Now()
		b.write(t, "b", 2, 3)
		b.has(t, 5)
		if found, err := b.Replay(t.Context(), Request{Webhook: b.of(), Since: since, Send: true}); err != nil || found.Sent != 2 {
			t.Errorf("since then there are %+v, %v", found, err)
		}
		if found, err := b.Replay(t.Context(), Request{Webhook: b.of(), Customer: "a", Send: true}); err != nil || found.Sent != 2 {
			t.Errorf("of a there are %+v, %v", found, err)
		}
		b.has(t, 9)
		if a, other := b.takenOf("a"), b.takenOf("b"); a != "1 2 1 2" || other != "1 2 3 2 3" {
			t.Errorf("taken are %q and %q", a, other)
		}
	})
}

// A receiver that is away shows as paused, with what waits; a disabled one as that.
func TestReports(t *testing.T) {
	onKafka(t, func(t *testing.T, b *booth) {
		b.refuse(func(string) bool { return true })
		b.start(t)
		for i := range 5 {
			b.write(t, fmt.Sprint("c", i), 1)
		}
		b.awaitReport(t, "a pause", func(r Report) bool { return r.State == Paused && r.Lag == 5 && r.Failure == "refused" && r.Dead == 0 })
		if err := b.Disable(t.Context(), "crm"); err != nil {
			t.Fatal(err)
		}
		b.awaitReport(t, "it to be disabled", func(r Report) bool {
			return r.State == Disabled && r.Reason == webhook.ReasonOperator && r.Since != nil && r.Lag == 5
		})
		b.refuse(func(string) bool { return false })
		if err := b.Enable(t.Context(), "crm", false); err != nil {
			t.Fatal(err)
		}
		b.has(t, 5)
		b.awaitReport(t, "an empty report", func(r Report) bool { return r.State == Sending && r.Lag == 0 })
		if err := b.Enable(t.Context(), "erp", false); err == nil || !strings.Contains(err.Error(), "no publisher has run with it yet") {
			t.Errorf("of a webhook that never ran: %v", err)
		}
	})
}

// The sample is a change like others, and what comes back is shown.
func TestTest(t *testing.T) {
	b := newBooth(t, testbed.EmbeddedPair(t))
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := Test(t.Context(), b.webhook, "clvstream-webhook/test", usd)
	if err != nil || !answer.Delivered || answer.Status != 200 || answer.Body != "thank you" || !slices.Equal(b.taken, []string{answer.ID}) {
		t.Errorf("the answer is %+v, %v", answer, err)
	}
	var sent struct {
		Type string          `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal([]byte(answer.Sent), &sent); err != nil || sent.Type != change.EventType {
		t.Fatalf("sent was %s, %v", answer.Sent, err)
	}
	wantSchema(t, sent.Data)
	b.webhook.AllowInternal = nil
	if answer, err := Test(t.Context(), b.webhook, "test", usd); err != nil || answer.Delivered || answer.Outcome != webhook.Forbidden || !strings.Contains(answer.Error, "allow_internal") {
		t.Errorf("behind the guard the answer is %+v, %v", answer, err)
	}
}

func wantSchema(t *testing.T, data []byte) {
	t.Helper()
	text, err := schema.FS.ReadFile("clv.changed.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("change.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("change.json")
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err == nil {
		err = compiled.Validate(instance)
	}
	if err != nil {
		t.Errorf("%s: %v", data, err)
	}
}
