package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/internal/demo"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/stream/change"
)

// watched is a deployment with tiers and levels, and the command lines that look
// at it.
type watched struct {
	*pipeline
	t  *testing.T
	on []string
}

func watchedDeployment(t *testing.T) *watched {
	t.Helper()
	model, err := filepath.Abs(exampleModel)
	if err != nil {
		t.Fatal(err)
	}
	return configuredDeployment(t, fmt.Sprintf(`model: {file: %q}
business: {time_zone: Europe/Berlin, lateness_days: 60}
tiers: {borders: [{name: silver, from: 60}, {name: gold, from: 150}], approaching: 20}
awake:
  dormant: {silence_days: 125}
  quiet_after: 1s
  alive_levels: [{below: 0.6}, {below: 0.3}]
`, model))
}

// configuredDeployment is one with a configuration file.
func configuredDeployment(t *testing.T, text string) *watched {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clvstream.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	servers, err := demo.StartServers()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(servers.Close)
	cfg, _, err := config.Load(config.Options{File: path})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Kafka.Brokers, cfg.Redis.Addresses, cfg.Redis.Checks = servers.Brokers(), []string{servers.RedisAddress()}, config.ChecksOff
	p, err := startPipeline(context.WithoutCancel(t.Context()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
	return &watched{pipeline: p, t: t, on: []string{"--config", path, "--brokers", strings.Join(servers.Brokers(), ","), "--redis", servers.RedisAddress()}}
}

// send publishes events and waits until they are applied and told of.
func (w *watched) send(events ...history.Event) {
	w.t.Helper()
	out, err := feed.New(w.kafka, w.cfg.Input.Topics)
	if err != nil {
		w.t.Fatal(err)
	}
	defer out.Close()
	for i := range events {
		e := &events[i]
		e.ID = fmt.Sprintf("%s of %s at %d", e.Kind, e.OrderID, e.AtMicros)
		if err := out.Add(w.t.Context(), e, w.cfg.Business.Currency); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := out.Flush(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if err := w.drain(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// sendAndFire sends, and waits until everything that is due by now is fired. What brings
// the inputs to now is an order of somebody else: without one, time goes on from the last event.
func (w *watched) sendAndFire(events ...history.Event) {
	w.t.Helper()
	w.send(events...)
	w.send(history.Event{Kind: history.OrderPlaced, CustomerID: "else", OrderID: "live", AtMicros: time.Now().UnixMicro(), AmountMinor: 100})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		customer, err := w.store.Customer(w.t.Context(), "c1")
		if err != nil {
			w.t.Fatal(err)
		}
		if customer.DueMicros == 0 || customer.DueMicros > time.Now().UnixMicro() {
			break
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("what is due at %s is not fired", instant(customer.DueMicros))
		}
	}
	if err := w.drain(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// ask runs a command that must end with a status, and reads its JSON.
func (w *watched) ask(want int, into any, args ...string) (said string) {
	w.t.Helper()
	if into != nil {
		args = append(args, "--json")
	}
	out, errs, status := command(w.t, append(args, w.on...)...)
	if status != want {
		w.t.Fatalf("%v: status %d, want %d: %s%s", args, status, want, out, errs)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(out), into); err != nil {
			w.t.Fatalf("%v in %s", err, out)
		}
	}
	return out + errs
}

func daysAgo(now time.Time, days int) int64 { return now.AddDate(0, 0, -days).UnixMicro() }

func orderAt(micros int64, id string, amountMinor int64) history.Event {
	return history.Event{Kind: history.OrderPlaced, CustomerID: "c1", OrderID: id, AtMicros: micros, AmountMinor: amountMinor}
}

// aLife is a customer with a cost, three orders of which a part went back, and a
// silence since.
func aLife(now time.Time) []history.Event {
	return []history.Event{
		{Kind: history.CustomerAcquired, CustomerID: "c1", AtMicros: daysAgo(now, 160), AmountMinor: 1500, Channel: "search"},
		orderAt(daysAgo(now, 160)+1, "o1", 2000), orderAt(daysAgo(now, 140), "o2", 4000), orderAt(daysAgo(now, 130), "o3", 3000),
		{Kind: history.OrderRefunded, CustomerID: "c1", OrderID: "o3", RefundID: "r1", AtMicros: daysAgo(now, 110), AmountMinor: 1000},
	}
}

func TestGetAsOf(t *testing.T) {
	w, now := watchedDeployment(t), time.Now()
	w.sendAndFire(aLife(now)...)
	at := func(days int) string { return now.AddDate(0, 0, days).UTC().Format(time.RFC3339Nano) }

	var here change.Values
	w.ask(0, &here, "get", "c1")
	if change.As[int](here, "stage.silence_days") < 129 || here.Text("tier.current") == "" || here.Text("next_due.at") == "" ||
		here.Text("acquisition.cost") != "15.00" || here.Text("acquisition.broken_even") != "true" || here.Text("not_known") != "" {
		t.Errorf("now: %s", asJSONText(t, here))
	}
	var then change.Values
	w.ask(0, &then, "get", "c1", "--at", here.Text("next_due.at"))
	if then.Text("clv.current") != here.Text("next_due.clv") || then.Text("p_alive") != here.Text("next_due.p_alive") {
		t.Errorf("at the next instant %s, but next was in %s", asJSONText(t, then), asJSONText(t, here))
	}
	var past change.Values
	w.ask(0, &past, "get", "c1", "--at", at(-135))
	if past.Text("orders") != "2" || past.Text("revenue") != "60.00" || past.Text("not_known") != "" {
		t.Errorf("in the past: %s", asJSONText(t, past))
	}
	for _, path := range []string{"announced.version", "announced.clv", "announced.as_of"} {
		if past.Text(path) != here.Text(path) || past.Text(path) == "" {
			t.Errorf("%s is %q in the past, and %q now", path, past.Text(path), here.Text(path))
		}
	}
	text := w.ask(0, nil, "get", "c1")
	for _, want := range []string{"stage", "tier", "next", "broken even by", "announced as"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	// Half a year of silence and an order seal what was before, but for the order that was refunded.
	w.send(orderAt(now.UnixMicro(), "o4", 100))
	if said := w.ask(cli.StatusFailed, nil, "get", "c1", "--at", at(-150)); !strings.Contains(said, at(-140)[:10]) || !strings.Contains(said, "input topics") {
		t.Errorf("does not say from when on: %s", said)
	}
	for _, args := range [][]string{{"--at", "yesterday"}, {"--at", "2026-13-01"}, {"--at", ""}} {
		if said := w.ask(cli.StatusUsage, nil, append([]string{"get", "c1"}, args...)...); !strings.Contains(said, "2026-12-24") {
			t.Errorf("%v is not told what is right: %s", args, said)
		}
	}
	for _, name := range []string{"get", "history", "whatif"} {
		args := []string{name, "nobody"}
		if name == "whatif" {
			args = append(args, "--silence", "3")
		}
		if said := w.ask(cli.StatusFailed, nil, args...); !strings.Contains(said, "nobody") {
			t.Error(said)
		}
	}
}

func TestHistoryOfACustomer(t *testing.T) {
	w, now := watchedDeployment(t), time.Now()
	w.send(aLife(now)...)
	var view customerview.History
	w.ask(0, &view, "history", "c1")
	if len(view.Ledger) != 5 || view.Sealed != nil || view.Ledger[0].Channel != "search" {
		t.Errorf("%+v", view)
	}
	var here change.Values
	w.ask(0, &here, "get", "c1", "--at", view.Until.At)
	var stages []string
	for i, m := range view.Path {
		var then change.Values
		if w.ask(0, &then, "get", "c1", "--at", m.At); then.Text("clv.current") != m.CLV || !reflect.DeepEqual(change.As[*float64](then, "p_alive"), m.PAlive) {
			t.Errorf("moment %d, %+v, is read as %s", i, m, asJSONText(t, then))
		}
		stages = append(stages, m.Stage)
	}
	if end := view.Until; end.CLV != here.Text("clv.current") || end.Stage != here.Text("stage.current") || !strings.Contains(strings.Join(stages, " "), "cooling dormant") {
		t.Errorf("the path of stages %v leads to %+v, the customer is at %s", stages, end, asJSONText(t, here))
	}
	w.send(orderAt(now.UnixMicro(), "o4", 100))
	w.ask(0, &view, "history", "c1", "--until", now.AddDate(0, 0, 90).Format(time.DateOnly))
	if view.Sealed == nil || view.Sealed.Orders != 2 || view.Path[0].Type != customerview.SealedType || view.Path[0].CLV == "" {
		t.Errorf("%+v", view)
	}
	text := w.ask(0, nil, "history", "c1")
	for _, want := range []string{"sealed: 2 orders on 2 days", "refund r1 of order o3 10.00", "order o4 1.00", "as of"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	w.ask(cli.StatusUsage, nil, "history", "c1", "--until", "2020-01-01")
	if strings.Contains(text, "█") {
		t.Errorf("a bar, although no terminal looks on:\n%s", text)
	}
}

func TestBarsOfAHistory(t *testing.T) {
	moment := func(clvMinor float64) customerview.Moment {
		return customerview.Moment{Worth: customerview.Worth{CLV: "some"}, CLVMinor: clvMinor}
	}
	view := customerview.History{Path: []customerview.Moment{moment(100), moment(400)}, Until: moment(200)}
	var drawn strings.Builder
	if err := printHistory(&drawn, &view, clock{}, true); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{barCells / 4, barCells, barCells / 2} {
		if row := strings.Split(drawn.String(), "\n")[3+i]; strings.Count(row, "█") != want {
			t.Errorf("row %d has not %d cells: %s", i, want, row)
		}
	}
}

// What whatif shows is what comes of really sending the event.
func TestWhatIfEqualsSending(t *testing.T) {
	w, now := watchedDeployment(t), time.Now().Truncate(time.Millisecond)
	w.sendAndFire(aLife(now)...)
	at := instant(now.UnixMicro())
	for _, c := range []struct {
		what   string
		args   []string
		events []history.Event
	}{
		{"a refund", []string{"--refund", "5.00@" + at, "--of", "o3"}, []history.Event{
			{Kind: history.OrderRefunded, CustomerID: "c1", OrderID: "o3", RefundID: "r2", AtMicros: now.UnixMicro(), AmountMinor: 500},
		}},
		{"an order and a part of it back", []string{"--order", "70.00@" + at, "--refund", "20@" + at, "--of", "whatif-1"}, []history.Event{
			orderAt(now.UnixMicro(), "o9", 7000),
			{Kind: history.OrderRefunded, CustomerID: "c1", OrderID: "o9", RefundID: "r9", AtMicros: now.UnixMicro(), AmountMinor: 2000},
		}},
		{"a cancel", []string{"--cancel", "o9@" + at}, []history.Event{{Kind: history.OrderCancelled, CustomerID: "c1", OrderID: "o9", AtMicros: now.UnixMicro()}}},
		{"churn", []string{"--churn", at}, []history.Event{{Kind: history.ChurnConfirmed, CustomerID: "c1", AtMicros: now.UnixMicro()}}},
	} {
		var tried customerview.WhatIf
		w.ask(0, &tried, append([]string{"whatif", "c1"}, c.args...)...)
		from := w.changes()
		w.sendAndFire(c.events...)
		var real change.Values
		w.ask(0, &real, "get", "c1", "--at", tried.With.Text("as_of"))
		for _, would := range tried.With {
			if would.Path != "next_due.brings" && real.Text(would.Path) != tried.With.Text(would.Path) {
				t.Errorf("%s: %s would be %s, is %s", c.what, would.Path, would.JSON, real.Text(would.Path))
			}
		}
		if would, is := bringsText(tried.With, "next_due.brings"), bringsText(real, "next_due.brings"); would != is {
			t.Errorf("%s: what is next would bring %s, brings %s", c.what, would, is)
		}
		told := w.changes()[len(from):]
		if len(told) != len(tried.Changes) || len(told) == 0 {
			t.Errorf("%s: %d changes are announced, %d would be", c.what, len(told), len(tried.Changes))
			continue
		}
		for i, would := range tried.Changes {
			for _, is := range told[i] {
				if is.Path != "cause.event_id" && is.Path != "cause.order_id" && would.Text(is.Path) != told[i].Text(is.Path) {
					t.Errorf("%s: %s would be %q, is %s", c.what, is.Path, would.Text(is.Path), is.JSON)
				}
			}
		}
	}
}

// changes are those announced of the customer until now.
func (w *watched) changes() []change.Values {
	w.t.Helper()
	customer, err := w.store.Customer(w.t.Context(), "c1")
	if err != nil {
		w.t.Fatal(err)
	}
	var told []change.Values
	watch := watcher{customer: "c1", limit: int(customer.Version), print: func(_ io.Writer, record *kgo.Record) {
		line, err := change.Parse(record.Value)
		if err != nil {
			w.t.Error(err)
		}
		told = append(told, line)
	}}
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer cancel()
	if err := watch.run(ctx, w.kafka, w.outputs().Changes, kgo.NewOffset().AtStart(), io.Discard); err != nil {
		w.t.Fatal(err)
	}
	return told
}

func asJSONText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What the live path would refuse is shown with its reason, and what is nonsense
// is wrong usage.
func TestWhatIfRefusals(t *testing.T) {
	w, now := watchedDeployment(t), time.Now()
	w.send(aLife(now)...)
	for reason, args := range map[string][]string{
		"too_late":   {"--order", "5@" + now.AddDate(0, 0, -220).Format(time.DateOnly)},
		"bad_amount": {"--order", "99999999999"},
		"bad_time":   {"--order", "5@1960-01-01"},
		"bad_id":     {"--cancel", strings.Repeat("x", 300)},
	} {
		var view customerview.WhatIf
		w.ask(0, &view, append([]string{"whatif", "c1"}, args...)...)
		if len(view.Events) != 1 || view.Events[0].Refused == nil || view.Events[0].Refused.Reason != reason || view.With.Text("clv.current") != view.Without.Text("clv.current") {
			t.Errorf("%v: want %s: %+v", args, reason, view.Events)
		}
	}
	var view customerview.WhatIf
	if w.ask(0, &view, "whatif", "c1", "--cancel", "o77", "--order", "5"); !view.Events[0].Waiting && !view.Events[1].Waiting {
		t.Errorf("a cancel of an unknown order waits for it: %+v", view.Events)
	}
	w.ask(0, &view, "whatif", "c1", "--silence", "400")
	if len(view.Events) != 0 || len(view.Changes) == 0 || view.With.Text("stage.current") != "lost" || asJSONText(t, view.With) != asJSONText(t, view.Without) {
		t.Errorf("a silence: %+v", view)
	}
	text := w.ask(0, nil, "whatif", "c1", "--order", "5@"+now.AddDate(0, 1, 0).Format(time.DateOnly), "--silence", now.AddDate(1, 0, 0).Format("2006-01-02T15:04"))
	for _, want := range []string{"NOW", "WITHOUT", "WITH", "order whatif-1 5.00", "won_back", "would be announced", "purchase"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	for _, c := range []struct {
		args string
		want string
	}{
		{"", "--order"}, {"--order x", "29.33"}, {"--order 5.001", "digits"}, {"--order -5", "--refund"}, {"--order 5@soon", "2026-12-24"}, {"--order @now", "amount"},
		{"--refund 5", "--of"}, {"--of o1", "--refund"}, {"--refund 5 --of a --of b", "2 times"}, {"--silence -1", "0 to"}, {"--silence 2020-01-01", "before it begins"},
		{"--silence soon", "number of days"}, {"--churn soon", "2026-12-24"},
	} {
		if said := w.ask(cli.StatusUsage, nil, append([]string{"whatif", "c1"}, strings.Fields(c.args)...)...); !strings.Contains(said, c.want) {
			t.Errorf("whatif %s: want %q in: %s", c.args, c.want, said)
		}
	}
}
