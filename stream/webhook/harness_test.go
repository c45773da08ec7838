package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
)

// onKafka runs a test on a broker inside this process and on Apache Kafka. Webhooks know no
// Redis, so there is none.
func onKafka(t *testing.T, test func(t *testing.T, pair *testbed.Pair)) {
	t.Run("kfake", func(t *testing.T) { test(t, testbed.EmbeddedPair(t)) })
	t.Run("kafka", func(t *testing.T) { test(t, testbed.RealPair(t)) })
}

// secretText is a key that every test knows.
const secretText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// site is a namespace with a topic of changes and a webhook on it.
type site struct {
	pair      *testbed.Pair
	namespace string
	webhook   Webhook
	pauses    backoff
	writer    *kgo.Client
	written   map[string]int // changes by customer
}

const partitions = 4

// newSite has a webhook that goes to a receiver of the test.
func newSite(t testing.TB, pair *testbed.Pair, receiver *receiver) *site {
	t.Helper()
	namespace := testbed.Unique(t)
	s := &site{
		pair: pair, namespace: namespace, writer: pair.KafkaClient(t), written: map[string]int{},
		pauses: backoff{20 * time.Millisecond, 200 * time.Millisecond},
		webhook: Webhook{
			Name: "crm", URL: receiver.server.URL + "/hook", Source: namespace + ".changes", Keys: keys(t, secretText),
			Timeout: 2 * time.Second, Schedule: Schedule{10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond},
			InFlight: 16, AllowInternal: []string{"127.0.0.0/8"},
		},
	}
	pair.CreateTopic(t, s.webhook.Source, partitions)
	for _, spec := range TopicSpecs(namespace, []string{"crm"}, partitions, -1) {
		pair.CreateTopic(t, spec.Name, spec.Partitions)
	}
	return s
}

func keys(t testing.TB, texts ...string) (all []Key) {
	t.Helper()
	for _, text := range texts {
		key, err := ParseKey(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, key)
	}
	return all
}

// start runs a sender until stop.
func (s *site) start(t testing.TB) (sender *Sender, stop func()) {
	t.Helper()
	sender, err := NewSender(t.Context(), Config{
		Kafka: cluster.Access{Brokers: s.pair.Brokers, ClientID: "test"}, Namespace: s.namespace, Webhooks: []Webhook{s.webhook},
		UserAgent: "clvstream-webhook/test", SessionTimeout: 6 * time.Second, Grace: time.Second, pauses: s.pauses,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sender.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the sender ended with %v", err)
			}
		case <-time.After(testbed.Patience):
			t.Error("the sender does not end")
		}
	})
	t.Cleanup(stop)
	return sender, stop
}

// change is a record as the publisher writes it.
func (s *site) change(customer string) *kgo.Record {
	s.written[customer]++
	version := s.written[customer]
	return &kgo.Record{
		Topic: s.webhook.Source, Key: []byte(customer), Value: fmt.Appendf(nil, `{"customer_id":%q,"version":%d,"clv":{"current":"1.00"}}`, customer, version),
		Headers: []kgo.RecordHeader{
			{Key: "ce_specversion", Value: []byte("1.0")}, {Key: "ce_type", Value: []byte("io.clvstream.clv.changed.v1")},
			{Key: "ce_id", Value: fmt.Appendf(nil, "orders/%s/%d", customer, version)}, {Key: "ce_time", Value: []byte("2026-03-14T09:26:53Z")},
		},
	}
}

// write publishes n changes of each customer, one of each in turn.
func (s *site) write(t testing.TB, n int, customers ...string) {
	t.Helper()
	var records []*kgo.Record
	for range n {
		for _, customer := range customers {
			records = append(records, s.change(customer))
		}
	}
	testbed.Produce(t, s.writer, records...)
}

// customers are c0, c1 and so on.
func customers(n int) (names []string) {
	for i := range n {
		names = append(names, "c"+strconv.Itoa(i))
	}
	return names
}

// receiver takes webhooks, checks each request, and answers as the test says.
type receiver struct {
	server *httptest.Server
	answer func(call) int // nil: 204

	mu        sync.Mutex
	calls     []call
	underWay  map[string]int
	complaint []string
}

// call is a request that a receiver had.
type call struct {
	id, customer string
	version      int
	status       int
	header       http.Header
	at           time.Time
}

func newReceiver(t testing.TB, answer func(call) int) *receiver {
	t.Helper()
	r := &receiver{answer: answer, underWay: map[string]int{}}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	t.Cleanup(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, c := range r.complaint {
			t.Error(c)
		}
	})
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	var sent struct {
		Type, Timestamp string
		Data            struct {
			Customer string `json:"customer_id"`
			Version  int    `json:"version"`
		}
	}
	c := call{id: q.Header.Get("webhook-id"), header: q.Header.Clone(), at: time.Now(), status: http.StatusNoContent}
	if err := json.Unmarshal(body, &sent); err != nil {
		r.complain("the body is no JSON: %v", err)
	}
	c.customer, c.version = sent.Data.Customer, sent.Data.Version
	mac := hmac.New(sha256.New, []byte("1\xf2\x90\xf6\xbf\x06)\x8a\xabO\x08\xd4<?\x08,\xf6H\xa3b\xda-\xa4\xb0"))
	fmt.Fprintf(mac, "%s.%s.%s", c.id, q.Header.Get("webhook-timestamp"), body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); !slices.Contains(strings.Fields(q.Header.Get("webhook-signature")), want) {
		r.complain("%s is signed %q, want %q", c.id, q.Header.Get("webhook-signature"), want)
	}
	r.mu.Lock()
	if r.underWay[c.customer]++; r.underWay[c.customer] > 1 && c.customer != "" {
		r.complaint = append(r.complaint, "two requests of "+c.customer+" are under way")
	}
	r.mu.Unlock()
	if r.answer != nil {
		c.status = r.answer(c)
	}
	r.mu.Lock()
	r.underWay[c.customer]--
	r.calls = append(r.calls, c)
	r.mu.Unlock()
	if c.status > 0 {
		w.WriteHeader(c.status)
		return
	}
	panic(http.ErrAbortHandler) // no answer
}

func (r *receiver) complain(format string, values ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.complaint = append(r.complaint, fmt.Sprintf(format, values...))
}

// all are the requests so far.
func (r *receiver) all() []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// taken are the versions of each customer that were taken, in order, each once.
func (r *receiver) taken() map[string][]int {
	versions := map[string][]int{}
	for _, c := range r.all() {
		if c.status/100 == 2 && !slices.Contains(versions[c.customer], c.version) {
			versions[c.customer] = append(versions[c.customer], c.version)
		}
	}
	return versions
}

// complete says whether all that was written was taken, but so many.
func (s *site) complete(r *receiver, but int) bool {
	want, got := -but, 0
	for _, n := range s.written {
		want += n
	}
	for _, versions := range r.taken() {
		got += len(versions)
	}
	return got >= want
}

// wantOrder checks that of each customer everything was taken in order, but what a test leaves out,
// and that nothing was sent while something earlier was still to be taken.
func (s *site) wantOrder(t testing.TB, r *receiver, dead ...string) {
	t.Helper()
	next := map[string]int{}
	for _, c := range r.all() {
		for slices.Contains(dead, fmt.Sprintf("orders/%s/%d", c.customer, next[c.customer]+1)) && c.version > next[c.customer]+1 {
			next[c.customer]++
		}
		if c.version > next[c.customer]+1 {
			t.Errorf("%s version %d was sent before version %d was taken", c.customer, c.version, next[c.customer]+1)
		}
		if c.status/100 == 2 {
			next[c.customer] = max(next[c.customer], c.version)
		}
	}
	for customer, n := range s.written {
		for slices.Contains(dead, fmt.Sprintf("orders/%s/%d", customer, next[customer]+1)) {
			next[customer]++
		}
		if next[customer] != n {
			t.Errorf("of %s, %d of %d changes were taken", customer, next[customer], n)
		}
	}
}

// records reads a topic to its end.
func (s *site) records(t testing.TB, topic string) (all []*kgo.Record) {
	t.Helper()
	log, err := cluster.OpenLog(t.Context(), cluster.Access{Brokers: s.pair.Brokers, ClientID: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	ends, err := log.Ends(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	err = log.ReadTo(t.Context(), ends, func(_ cluster.Partition, records []*kgo.Record) error {
		all = append(all, records...)
		return nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func headerOf(record *kgo.Record, key string) string {
	for _, h := range record.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}
