package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/internal/backlog"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/internal/demo"
	"github.com/clvstream/clvstream/internal/figures"
	"github.com/clvstream/clvstream/internal/peek"
	"github.com/clvstream/clvstream/internal/redrive"
	"github.com/clvstream/clvstream/internal/waiting"
	"github.com/clvstream/clvstream/stream/change"
)

// screen is what a terminal of a width shows; 0: a pipe.
type screen struct {
	bytes.Buffer
	columns int
}

func (s *screen) Columns() int { return s.columns }

// The tables of the commands on terminals of common widths, and in a pipe.
func TestTablesOnTheScreen(t *testing.T) {
	text, err := os.ReadFile("../../internal/customerview/testdata/c42.json")
	if err != nil {
		t.Fatal(err)
	}
	var views struct {
		Now     change.Values
		History customerview.History
		WhatIf  customerview.WhatIf
	}
	if err := json.Unmarshal(text, &views); err != nil {
		t.Fatal(err)
	}
	for _, columns := range []int{60, 80, 120, 0} {
		out := &screen{columns: columns}
		for _, one := range []struct {
			command string
			write   func(io.Writer) error
		}{
			{"get", func(w io.Writer) error { return printView(w, &views.Now, berlin) }},
			{"history", func(w io.Writer) error { return printHistory(w, &views.History, berlin, columns > 0) }},
			{"whatif", func(w io.Writer) error { return printWhatIf(w, &views.WhatIf, berlin) }},
			{"waiting", someWaiting.WriteText}, {"peek", somePeeked.WriteText}, {"lag", someLag.WriteText},
			{"redrive", someLetters.WriteText}, {"model list", someModels.WriteText}, {"topics", someTopics.WriteText},
			{"model activate", activatedAnswer{someModels.Activations[0], true, berlin}.WriteText}, {"tiers list", func(w io.Writer) error { return printTiers(w, someTiers, berlin) }},
			{"explain", func(w io.Writer) error {
				line(w, "%s", storedText(someStored, config.Default().Business.Currency, berlin))
				return nil
			}},
		} {
			line(out, "$ clvstream %s", one.command)
			if err := one.write(out); err != nil {
				t.Fatal(err)
			}
			line(out, "")
		}
		holdGolden(t, fmt.Sprintf("tables-%d.txt", columns), out.Bytes())
	}
}

func holdGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s; with -update it is\n%s", path, got)
	}
}

const someone = "7f9c2ba4-e88f-4271-9a11-0c5d8e6f1a2b"

var (
	// berlin is one hour from UTC in winter and two in summer.
	berlin = func() clock {
		zone, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			panic(err)
		}
		return clock{calendar.NewCalendar(zone)}
	}()
	someTime = time.Date(2026, 7, 10, 21, 59, 7, 250_000_000, time.UTC)

	someWaiting = waitingAnswer{Currency: "EUR", clock: berlin, Events: []waiting.Event{
		{CustomerID: someone, Type: "order.refunded", OrderID: "shop-2026-0000119", RefundID: "r-1", OccurredAt: someTime, Amount: "12.50", Topic: "orders", Partition: 3, Offset: 10_024},
		{CustomerID: "c42", Type: "order.cancelled", OrderID: "o7", OccurredAt: someTime.AddDate(0, 5, 0), Topic: "orders", Offset: 7},
	}}
	somePeeked = peekAnswer{Currency: "EUR", clock: berlin, Records: []peek.Record{
		{Topic: "orders", Partition: 3, Offset: 10_024, At: someTime, Type: "order.placed", CustomerID: someone, OrderID: "shop-2026-0000119", OccurredAt: &someTime, Amount: "129.00"},
		{Topic: "orders", Offset: 7, At: someTime, Refused: "bad_time", Detail: "occurred_at is no time: want RFC 3339, such as 2026-01-31T12:00:00Z"},
	}}
	someLag = lagAnswer{
		Backlog: backlog.Backlog{Records: 12, Held: 20, Partitions: []backlog.Partition{
			{Topic: "orders", Partition: 0, Applied: 1_000_012, End: 1_000_024, Records: 12, LateBySeconds: 90},
			{Topic: "orders", Partition: 1, Applied: 7, End: 7, Held: 20},
		}},
		Open: []backlog.OpenTransaction{{
			Topic: "orders", Partition: 1, StartOffset: 7, ProducerID: 4001, TransactionalID: "shop-importer-of-the-north-0", State: "Ongoing", Since: someTime, TimeoutSeconds: 900,
		}},
		grace: time.Minute, clock: berlin,
	}
	someLetters = redriveAnswer{Report: &redrive.Report{Letters: []redrive.Letter{
		{Reason: "unknown_currency", Detail: "there is no rate for XAU: give one in business.rates, and send the letter back with redrive", Topic: "orders", Partition: 3, Offset: 10_024, New: true},
		{Reason: "too_late", Detail: "Lieferung nach München verspätet, 東京へ", Topic: "orders", Offset: 7, SentBack: 2},
	}}}
	someModels = &modelsView{
		InForce: "3f2a0c1b2d3e", clock: berlin,
		Models:      []modelView{{Version: "5a1b2c3d4e5f", Model: "simple", Configured: true}, {Version: "3f2a0c1b2d3e", Model: "mbgnbd", Pushed: "2026-07-10T21:59:07.25Z", FittedTo: "2026-06-30", Customers: 18_339, InForce: true}},
		Activations: []activationView{{Number: 1, Version: "3f2a0c1b2d3e", At: "2026-07-10T22:00:00.5Z", From: "2026-07-10T22:00:00Z", Over: "6h0m0s"}},
		Progress:    &progressView{Customers: 18_339, Revalued: 18_339, Percent: 100, Met: 100},
		Refit:       &refitView{At: "2026-12-01T02:00:00Z", Verdict: "the model in force predicts as well"},
	}
	someTiers  = &figures.Tiers{Currency: "EUR", Tiers: []figures.Tier{{Name: "gold", Percentile: 80}}, Cut: &figures.Cut{Number: 2, At: "2026-07-10T22:00:00.5Z", Progress: 50}}
	someStored = &customerview.Stored{AsOf: "2026-07-10T21:59:07.25Z", ModelVersion: "3f2a0c1b2d3e", CLVMinor: 4200}
	someTopics = topicsAnswer{Topics: []topicAnswer{
		{Topic: "clv.changes", Exists: true, Partitions: 12, Replicas: 3},
		{Topic: "clv.deadletter", Exists: true, Partitions: 12, Replicas: 3, Problems: []string{"max.message.bytes is 1048588, want at least 33554432: larger dead letters will be cut"}},
	}}
)

// A command whose output is a terminal asks it for its width.
func TestCommandOnATerminal(t *testing.T) {
	servers, err := demo.StartServers()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(servers.Close)
	t.Setenv("COLUMNS", "")
	for columns, want := range map[uint16]string{44: "TOPIC:       ", 80: "TOPIC           PARTITIONS  REPLICAS  STATE\r\n"} {
		shown, tty, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _, _ = shown.Close(), tty.Close() }()
		if err := pty.Setsize(shown, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
			t.Fatal(err)
		}
		printed := make(chan string, 1)
		go func() {
			text := make([]byte, 64<<10)
			n := 0
			for !strings.Contains(string(text[:n]), "end of the test") {
				more, err := shown.Read(text[n:])
				if err != nil {
					break
				}
				n += more
			}
			printed <- string(text[:n])
		}()
		var errs bytes.Buffer
		root := newRoot()
		root.SetContext(t.Context())
		status := cli.Execute(root, []string{"topics", "describe", "--brokers", strings.Join(servers.Brokers(), ",")}, tty, &errs)
		line(tty, "end of the test")
		if text := <-printed; status != 1 || !strings.Contains(text, want) {
			t.Errorf("%d columns: status %d, want %q in\n%s%s", columns, status, want, text, errs.String())
		}
	}
}
