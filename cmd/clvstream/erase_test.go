package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/erasure"
	"github.com/clvstream/clvstream/internal/export"
	"github.com/clvstream/clvstream/internal/redrive"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/verify"
	"github.com/clvstream/clvstream/state"
)

// A customer is shown, exported, erased with a receipt, and gone from whatever asks; what comes
// after is a letter that cannot be sent.
func TestEraseAndExport(t *testing.T) {
	w, now := watchedDeployment(t), time.Now()
	w.sendAndFire(aLife(now)...)
	w.send(history.Event{Kind: history.OrderCancelled, CustomerID: "c1", OrderID: "never", AtMicros: daysAgo(now, 1)})

	var all export.Document
	w.ask(0, &all, "export", "c1", "--dead-letters")
	if !all.Held || len(all.Stored.Ledger) != 2 || all.Stored.Sealed.Orders != 2 || len(all.Stored.Waiting) != 1 || all.Stored.Acquisition.Cost != "15.00" || all.Now.Text("clv.current") == "" || !all.LettersSought {
		t.Errorf("exported %+v", all)
	}
	if text := w.ask(0, nil, "export", "c1"); !strings.Contains(text, "order o3") || !strings.Contains(text, "refund r1") || !strings.Contains(text, "order.cancelled of order never") {
		t.Errorf("exported\n%s", text)
	}

	var would, did, again erasure.Receipt
	w.ask(0, &would, "erase", "c1")
	if would.Erased || !would.DryRun || would.Event != nil || would.Held.Orders != 3 || would.Held.Refunds != 1 || would.Held.Waiting != 1 || would.Held.StoredBytes < 100 || would.Held.FirstDay == "" {
		t.Errorf("would erase %+v", would)
	}
	w.ask(0, nil, "get", "c1") // nothing was done
	w.ask(0, &did, "erase", "c1", "--yes")
	if !did.Erased || did.DryRun || did.Event == nil || did.Event.Topic != "orders" || did.Tombstone == nil || did.Tombstone.Topic != "clv.current" || did.Held != would.Held {
		t.Errorf("erased %+v", did)
	}
	w.wantTombstone(did.Tombstone)
	kept := map[string]bool{}
	for _, r := range did.Remains {
		kept[r.Topic] = kept[r.Topic] || r.RetentionMillis != nil
	}
	if !kept["orders"] || !kept["churn"] || !kept["clv.changes"] || !kept["clv.deadletter"] {
		t.Errorf("names what stays as %+v", did.Remains)
	}
	w.ask(0, &again, "erase", "c1", "--yes")
	if !again.Erased || again.Event != nil || !again.ErasedAt.Equal(*did.ErasedAt) {
		t.Errorf("erased again: %+v", again)
	}
	if text := w.ask(0, nil, "erase", "c1"); !strings.Contains(text, "was erased on") || !strings.Contains(text, "retention.ms") {
		t.Errorf("said\n%s", text)
	}
	on := did.ErasedAt.In(w.cfg.Business.TimeZone).Format(time.DateOnly)
	for _, args := range [][]string{{"get", "c1"}, {"history", "c1"}, {"explain", "c1"}, {"whatif", "c1", "--order", "10"}} {
		if said := w.ask(cli.StatusFailed, nil, args...); !strings.Contains(said, `customer "c1" was erased on `+on) {
			t.Errorf("%v: %s", args, said)
		}
	}
	if text := w.ask(0, nil, "watch", "--from-start", "--customer", "c1", "--limit", fmt.Sprint(did.Held.Changes+1), "--json"); strings.Count(text, `"reason":"erased"`) != 1 {
		t.Errorf("told\n%s", text)
	}
}

func (w *watched) wantTombstone(at *erasure.Place) {
	w.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(w.cfg.Kafka.Brokers...), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{
		at.Topic: {at.Partition: kgo.NewOffset().At(at.Offset)},
	}))
	if err != nil {
		w.t.Fatal(err)
	}
	defer client.Close()
	records := client.PollFetches(w.t.Context()).Records()
	if len(records) == 0 || records[0].Offset != at.Offset || string(records[0].Key) != "c1" || records[0].Value != nil {
		w.t.Errorf("at %s stands %+v", at, records)
	}
}

// Later events become letters without content, which redrive cannot send and verify expects.
func TestWhatComesAfterAnErasure(t *testing.T) {
	w, now := watchedDeployment(t), time.Now()
	w.send(aLife(now)...)
	w.ask(0, nil, "erase", "c1", "--yes")
	w.ask(0, nil, "erase", "nobody", "--yes")
	w.send(orderAt(now.UnixMicro()+1000, "o9", 100), orderAt(daysAgo(now, 2), "o8", 100))
	var letters redrive.Report
	w.ask(0, &letters, "redrive", "--yes")
	if len(letters.Letters) != 2 || letters.Sent != 0 || !letters.Letters[0].Empty {
		t.Errorf("letters %+v", letters)
	}
	if text := w.ask(0, nil, "redrive", "--from-start"); !strings.Contains(text, "2 letters are of customers who were erased") {
		t.Errorf("said\n%s", text)
	}
	var found verify.Report
	w.ask(0, &found, "verify")
	if !found.Verified || found.Erased != 2 {
		t.Errorf("%s", found)
	}
	var all export.Document
	w.ask(0, &all, "export", "c1", "--dead-letters")
	if !all.Held || all.Erasure == nil || all.Stored != nil || len(all.Letters) != 0 {
		t.Errorf("exported %+v", all)
	}
}

// Where nobody works, the command says who is missing, and where the event stands.
func TestEraseSaysWhoIsAway(t *testing.T) {
	pair, namespace := testbed.EmbeddedPair(t), testbed.Unique(t)
	if _, err := state.Open(t.Context(), pair.RedisClient(t), state.Options{Namespace: namespace, Shards: 4, Fingerprint: "time_zone=UTC currency=USD lateness_days=90"}); err != nil {
		t.Fatal(err)
	}
	on := []string{"--brokers", strings.Join(pair.Brokers, ","), "--redis", pair.RedisAddrs[0], "--namespace", namespace, "--set", "input.topics=" + namespace + "-in"}
	for _, step := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"topics", "create"}, 0, namespace + ".current"},
		{[]string{"erase", "c1", "--yes", "--timeout", "1s"}, cli.StatusFailed, "no consumer has applied the event: it stands at " + namespace + "-in/"},
		{[]string{"erase", "c1", "--topic", "others"}, cli.StatusUsage, "none of the input topics"},
		{[]string{"erase", ""}, cli.StatusUsage, "0 bytes"},
	} {
		out, errs, status := command(t, append(step.args, on...)...)
		if status != step.status || !strings.Contains(out+errs, step.says) {
			t.Errorf("%v: status %d, %s%s, want %q", step.args, status, out, errs, step.says)
		}
	}
}

// The schema of exports is printed; internal/export holds it to what was written down.
func TestExportSchemaIsPrinted(t *testing.T) {
	out, errs, status := command(t, "export", "--schema")
	if status != 0 || !json.Valid([]byte(out)) || !strings.Contains(out, export.SchemaID) {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
}
