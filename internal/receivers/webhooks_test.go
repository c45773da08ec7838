package receivers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/webhook"
)

const (
	newerSecret = "whsec_bmV3ZXItc2VjcmV0LW9mLXRoaXJ0eS10d28tYnl0ZXM="
	olderSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// The receivers that docs/webhooks.md shows verify what is sent of a publisher's changes, each
// with another of two secrets, and refuse what is signed by none.
func TestDocumentedReceiversVerifyWebhooks(t *testing.T) {
	receivers := testbed.FindReceivers(t)
	o := outlet.New(t, testbed.RealPair(t))
	for _, example := range []struct{ language, program, file, secret string }{
		{"python", "python", "receiver.py", newerSecret},
		{"js", "node", "receiver.cjs", olderSecret},
	} {
		t.Run(example.language, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), example.file)
			if err := os.WriteFile(path, documented(t, example.language), 0o600); err != nil {
				t.Fatal(err)
			}
			port := freePort(t)
			lines := receivers.Serve(t, []string{"PORT=" + port, "WEBHOOK_SECRET=" + example.secret}, example.program, path)
			w := webhook.Webhook{
				Name: example.language, URL: "http://127.0.0.1:" + port, Source: o.Topics.Changes, Keys: parsedKeys(t, newerSecret, olderSecret),
				Timeout: 10 * time.Second, Schedule: webhook.DefaultSchedule, InFlight: 4, AllowInternal: []string{"127.0.0.1"},
			}
			awaitServer(t, port)
			startSender(t, o, w)
			before := o.Offset
			o.Orders(t, 5)
			o.Traced(t, tracedCustomer, traceparent)
			publish(t, o, "none")
			wantLines(t, o, before, lines)
			refused(t, w)
		})
	}
}

// documented is the receiver of a language as the page shows it.
func documented(t *testing.T, language string) []byte {
	t.Helper()
	page, err := os.ReadFile("../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := bytes.Cut(page, []byte("```"+language+"\n"))
	code, _, ends := bytes.Cut(rest, []byte("```"))
	if !found || !ends {
		t.Fatalf("docs/webhooks.md shows no receiver in %s", language)
	}
	return code
}

func parsedKeys(t *testing.T, texts ...string) (keys []webhook.Key) {
	t.Helper()
	for _, text := range texts {
		key, err := webhook.ParseKey(text)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

// freePort is one that nobody has now.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

func awaitServer(t *testing.T, port string) {
	t.Helper()
	testbed.Await(t, "the receiver to listen", func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// startSender sends a webhook until the test ends.
func startSender(t *testing.T, o *outlet.Outlet, w webhook.Webhook) {
	t.Helper()
	namespace := testbed.Unique(t)
	if _, err := cluster.CreateTopics(t.Context(), o.Pair.Admin(t), webhook.TopicSpecs(namespace, []string{w.Name}, 2, -1)); err != nil {
		t.Fatal(err)
	}
	sender, err := webhook.NewSender(t.Context(), webhook.Config{
		Kafka: cluster.Access{Brokers: o.Pair.Brokers, ClientID: "test"}, Namespace: namespace, Webhooks: []webhook.Webhook{w}, UserAgent: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sender.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// wantLines compares what a receiver prints with the records from an offset of the input on.
func wantLines(t *testing.T, o *outlet.Outlet, from int64, lines func() []string) {
	t.Helper()
	var want []string
	for _, record := range o.Committed(t, o.Topics.Changes) {
		if id := outlet.Header(record, "ce_id"); number(t, id) >= from {
			want = append(want, fmt.Sprintf("%s %s %s", id, record.Key, current(t, record)))
		}
	}
	testbed.Await(t, "all changes to be taken", func() bool { return len(lines()) >= len(want) })
	got := lines()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the receiver took\n%q\nsent were\n%q", got, want)
	}
}

func number(t *testing.T, id string) (offset int64) {
	t.Helper()
	if _, err := fmt.Sscanf(id, "in/0/%d", &offset); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return offset
}

func current(t *testing.T, record *kgo.Record) string {
	t.Helper()
	var change struct {
		CLV struct{ Current string } `json:"clv"`
	}
	if err := json.Unmarshal(record.Value, &change); err != nil {
		t.Fatal(err)
	}
	return change.CLV.Current
}

// refused sends what is signed by another key.
func refused(t *testing.T, w webhook.Webhook) {
	t.Helper()
	w.Keys = parsedKeys(t, "whsec_"+strings.Repeat("Zm9yZWlnbg", 4))
	endpoint, err := webhook.NewEndpoint(w, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer endpoint.Close()
	if outcome := endpoint.Send(t.Context(), &webhook.Message{ID: "a", Type: "t", Time: "t", Data: []byte("{}")}); outcome.Status != 401 {
		t.Errorf("a foreign signature is answered %+v, want 401", outcome)
	}
}
