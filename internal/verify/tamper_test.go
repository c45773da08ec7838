package verify_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/verify"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/deadletter"
)

// faults are the counts of a report that must be 0.
type faults struct {
	differing, lost, duplicated, outOfOrder, gaps, unannounced, unfounded int64
	lettersLost, lettersDuplicated, lettersUnfounded, stale, unreadable   int64
	overdue, statistics                                                   int64
}

func faultsOf(r verify.Report) faults {
	return faults{
		r.DifferingCustomers, r.Lost, r.Duplicated, r.OutOfOrder, r.VersionGaps, r.Unannounced, r.Unfounded,
		r.LettersLost, r.LettersDuplicated, r.LettersUnfounded, r.StaleCurrent, r.Unreadable,
		r.Overdue, r.Statistics,
	}
}

// followCustomers stands for any number of differing statistics: those that the
// customer who was changed takes part in.
const followCustomers = -1

// expect verifies and compares what is found with what was done to the system.
func (s *system) expect(t *testing.T, want faults, text string) {
	t.Helper()
	report := s.verify(t)
	got := faultsOf(report)
	if want.statistics == followCustomers {
		got.statistics = followCustomers
	}
	if got != want || report.Verified {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !slices.ContainsFunc(report.Differences, func(d verify.Difference) bool { return strings.Contains(d.String(), text) }) {
		t.Errorf("no difference says %q", text)
	}
	if t.Failed() {
		t.Log(report)
	}
}

// ada's life meets every part of a stored customer: with a lateness of 7 days
// orders before day 46 are sealed in the end.
var ada = []struct {
	day       int
	kind      history.Kind
	order, id string
	minor     int64
}{
	{0, history.CustomerAcquired, "", "", 500},
	{1, history.OrderPlaced, "o1", "", 10_000},
	{3, history.OrderRefunded, "o1", "r1", 2_500},
	{20, history.OrderPlaced, "o2", "", 4_000},
	{21, history.OrderCancelled, "o2", "", 0},
	{22, history.OrderRefunded, "O2", "r1", 700}, // never meets its order
	{30, history.OrderPlaced, "o3", "", 7_000},
	{40, history.OrderRefunded, "o3", "r1", 1_000}, // more than the lateness after it
	{50, history.OrderPlaced, "o4", "", 8_000},
	{52, history.OrderRefunded, "o4", "r1", 3_000},
	{53, history.OrderRefunded, "o3", "r2", 500}, // of a sealed order
	{55, history.OrderPlaced, "o5", "", 2_000},
	{56, history.OrderCancelled, "o6", "", 0}, // before its order
	{58, history.OrderPlaced, "o7", "", 0},
	{59, history.OrderPlaced, "o1", "", 9_999}, // too late
	{60, history.ChurnPredicted, "", "", 0},
}

// adaRecords keeps her events in one partition. Her last one is a change.
func adaRecords(s *system) (records []*kgo.Record) {
	for i, life := range ada {
		e := history.Event{
			Kind: life.kind, ID: fmt.Sprintf("ada-e%d", i), CustomerID: "ada",
			AtMicros: 1_500_000_000_000_000 + int64(life.day)*24*time.Hour.Microseconds(),
			OrderID:  life.order, RefundID: life.id, AmountMinor: life.minor,
		}
		switch e.Kind {
		case history.ChurnPredicted:
			e.Probability = 0.25
		case history.OrderPlaced:
			e.Channel = "web"
		}
		r := s.record(&e, true)
		r.Topic = s.inputs[0]
		records = append(records, r)
	}
	return append(records,
		&kgo.Record{Topic: s.inputs[1], Key: []byte("k"), Value: []byte("not JSON")},
		&kgo.Record{Topic: s.inputs[1], Value: nil},
	)
}

// settledSystem has ada and some others in it, and nothing runs any more.
func settledSystem(t *testing.T) *system {
	return settled(t, newSystem(t, testbed.EmbeddedPair(t)))
}

func settled(t *testing.T, s *system, more ...*kgo.Record) *system {
	t.Helper()
	stopConsumer, stopPublisher := s.consume(t), s.publish(t)
	s.abort(t)
	s.send(t, append(adaRecords(s), lives(random(t), s, "c", 20)...)...)
	s.send(t, more...)
	s.settle(t)
	stopConsumer()
	stopPublisher()
	if report := s.verify(t); !report.Verified {
		t.Fatal(report)
	}
	return s
}

// tamper changes a stored customer until the test ends.
func (s *system) tamper(t *testing.T, id string, change func(*clv.Customer)) {
	t.Helper()
	client := s.pair.RedisClient(t)
	key := fmt.Sprintf("%s:{s%03d}:customers", s.namespace, state.Shard(id, shards))
	before := must[string](t)(client.HGet(t.Context(), key, id).Result())
	customer := must[*clv.Customer](t)(layout.DecodeCustomer(before))
	change(customer)
	after := string(layout.AppendCustomer(nil, customer))
	if after == before {
		t.Fatal("nothing was changed")
	}
	if err := client.HSet(t.Context(), key, id, after).Err(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.HSet(context.Background(), key, id, before) })
}

func TestEveryStoredFieldIsCompared(t *testing.T) {
	s := settledSystem(t)
	order := func(id string, change func(*history.Order)) func(*clv.Customer) {
		return func(c *clv.Customer) {
			for i := range c.History.Orders {
				if o := &c.History.Orders[i]; o.ID == id {
					change(o)
					return
				}
			}
		}
	}
	for name, tc := range map[string]struct {
		change func(*clv.Customer)
		text   string
	}{
		"version":             {func(c *clv.Customer) { c.Version++ }, "version: want"},
		"version back":        {func(c *clv.Customer) { c.Version-- }, "version: want"},
		"announced":           {func(c *clv.Customer) { c.AnnouncedMinor++ }, "announced_minor"},
		"as of":               {func(c *clv.Customer) { c.Value.AsOfMicros++ }, "as_of"},
		"status":              {func(c *clv.Customer) { c.Value.Status = history.Churned }, "status: want active, got churned"},
		"historic":            {func(c *clv.Customer) { c.Value.HistoricMinor++ }, "historic_minor"},
		"predicted":           {func(c *clv.Customer) { c.Value.PredictedMinor *= 1 + 1e-8 }, "predicted_minor"},
		"clv":                 {func(c *clv.Customer) { c.Value.CLVMinor *= 1 + 1e-8 }, "clv_minor"},
		"p alive":             {func(c *clv.Customer) { c.Value.PAlive *= 1 - 1e-8 }, "p_alive"},
		"expected orders":     {func(c *clv.Customer) { c.Value.ExpectedOrders *= 1 + 1e-8 }, "expected_orders"},
		"latest":              {func(c *clv.Customer) { c.History.LatestMicros++ }, "latest"},
		"churn":               {func(c *clv.Customer) { c.History.Churn.Probability = 0.5 }, "churn"},
		"churn's event":       {func(c *clv.Customer) { c.History.Churn.EventID += "0" }, "churn"},
		"acquisition":         {func(c *clv.Customer) { c.History.Acquisition.CostMinor++ }, "acquisition"},
		"sealed early":        {func(c *clv.Customer) { c.History.Sealed.Early = true }, "sealed: early"},
		"sealed days":         {func(c *clv.Customer) { c.History.Sealed.Days++ }, "purchase_days"},
		"sealed orders":       {func(c *clv.Customer) { c.History.Sealed.Orders++ }, "orders"},
		"sealed first day":    {func(c *clv.Customer) { c.History.Sealed.FirstDay++ }, "sealed: first day"},
		"sealed last day":     {func(c *clv.Customer) { c.History.Sealed.LastDay++ }, "sealed: last day"},
		"sealed last order":   {func(c *clv.Customer) { c.History.Sealed.LastOrderMicros++ }, "sealed: last order"},
		"sealed first amount": {func(c *clv.Customer) { c.History.Sealed.FirstDayMinor++ }, "sealed: first_day_minor"},
		"sealed amount":       {func(c *clv.Customer) { c.History.Sealed.AmountMinor++ }, "revenue_minor"},
		"sealed margin":       {func(c *clv.Customer) { c.History.Sealed.MarginMinor++ }, "margin_minor"},
		"late refunds":        {func(c *clv.Customer) { c.History.Sealed.LateRefundMinor++ }, "sealed: late_refund_minor"},
		"late refunds' margin": {func(c *clv.Customer) { c.History.Sealed.LateRefundMarginMinor++ },
			"sealed: late_refund_margin_minor"},
		"excess":               {func(c *clv.Customer) { c.History.Sealed.ExcessMinor++ }, "excess_minor"},
		"sealed order's worth": {func(c *clv.Customer) { c.History.SealedWorth[0].AmountMinor++ }, "sealed: order 1"},
		"settled refunds":      {func(c *clv.Customer) { c.History.RefundHashes = append(c.History.RefundHashes, 8) }, "sealed: refund hashes"},
		"sealed orders' names": {func(c *clv.Customer) { c.History.Sealed.OrderHashes[0] ^= 1 }, "sealed: order hashes"},
		"order forgotten": {func(c *clv.Customer) { c.History.Orders = c.History.Orders[1:] },
			"got none"},
		"order amount":      {order("o5", func(o *history.Order) { o.AmountMinor++ }), "revenue_minor"},
		"order margin":      {order("o5", func(o *history.Order) { o.MarginMinor++ }), "margin_minor"},
		"order time":        {order("o5", func(o *history.Order) { o.AtMicros-- }), `order "o5"`},
		"order event":       {order("o5", func(o *history.Order) { o.Newest.EventID += "0" }), `order "o5"`},
		"order told":        {order("o5", func(o *history.Order) { o.Newest.Micros++ }), `order "o5"`},
		"order version":     {order("o5", func(o *history.Order) { o.Newest.Version++ }), `order "o5"`},
		"order first":       {order("o5", func(o *history.Order) { o.FirstMicros-- }), `order "o5"`},
		"order first day":   {order("o5", func(o *history.Order) { o.FirstDay-- }), `order "o5"`},
		"order day":         {order("o5", func(o *history.Order) { o.Day++ }), `order "o5"`},
		"order id":          {order("o5", func(o *history.Order) { o.ID = "o5b" }), `order "o5b"`},
		"cancel of no one":  {order("o5", func(o *history.Order) { o.Cancelled, o.CancelDay, o.Cancel = true, o.Day, o.Newest }), "orders"},
		"waiting forgotten": {func(c *clv.Customer) { c.History.Waiting = nil }, `waiting, order.cancelled of order "o6": want 1, got 0`},
		"waiting another":   {func(c *clv.Customer) { c.History.Waiting[0].Event.OrderID = "o8" }, `waiting, order.cancelled of order "o8": want none`},
		"waiting cancel":    {order("o6", func(o *history.Order) { o.CancelDay++ }), `order "o6"`},
		"cancel told":       {order("o6", func(o *history.Order) { o.Cancel.Micros++ }), `order "o6"`},
		"refund of no one":  {order("o4", func(o *history.Order) { o.Refunds[0].Known = false }), "revenue_minor"},
		"refund event":      {order("o4", func(o *history.Order) { o.Refunds[0].Newest.EventID += "0" }), `order "o4"`},
		"revert of no one":  {order("o4", func(o *history.Order) { r := &o.Refunds[0]; r.Reverted, r.RevertDay, r.Revert = true, r.Day, r.Newest }), "revenue_minor"},
		"refund amount":     {order("o4", func(o *history.Order) { o.Refunds[0].AmountMinor++ }), "revenue_minor"},
		"refund id":         {order("o4", func(o *history.Order) { o.Refunds[0].ID = "r9" }), `order "o4"`},
		"refund time":       {order("o4", func(o *history.Order) { o.Refunds[0].AtMicros++ }), `order "o4"`},
		"sealed order's":    {order("o3", func(o *history.Order) { o.Refunds[0].AmountMinor-- }), "revenue_minor"},
		"not sealed before": {order("o3", func(o *history.Order) { o.SealedBefore, o.Worth = false, history.Worth{} }), `order "o3"`},
	} {
		t.Run(name, func(t *testing.T) {
			s.tamper(t, "ada", tc.change)
			s.expect(t, faults{differing: 1, statistics: followCustomers}, tc.text)
		})
	}
}

func TestMissingAndForeignCustomersAreFound(t *testing.T) {
	s := settledSystem(t)
	client := s.pair.RedisClient(t)
	key := func(id string) string {
		return fmt.Sprintf("%s:{s%03d}:customers", s.namespace, state.Shard(id, shards))
	}
	stored := must[string](t)(client.HGet(t.Context(), key("ada"), "ada").Result())
	client.HSet(t.Context(), key("eve"), "eve", stored)
	s.expect(t, faults{differing: 1, statistics: followCustomers}, `customer "eve": customer: want none`)
	client.HDel(t.Context(), key("eve"), "eve")
	client.HDel(t.Context(), key("ada"), "ada")
	s.expect(t, faults{differing: 1, statistics: followCustomers}, `customer "ada": customer: want stored, got missing`)
}

// copyTopic makes a copy of a topic's committed records, edited, in the same
// partitions.
func (s *system) copyTopic(t *testing.T, from string, edit func([]*kgo.Record) []*kgo.Record) string {
	t.Helper()
	to := testbed.Unique(t) + "-copy"
	s.pair.CreateTopic(t, to, 3)
	records := s.readAll(t, from)
	client := s.pair.KafkaClient(t, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	for _, r := range edit(records) {
		copied := &kgo.Record{Topic: to, Partition: r.Partition, Key: r.Key, Value: r.Value, Headers: r.Headers, Timestamp: r.Timestamp}
		if err := client.ProduceSync(t.Context(), copied).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func (s *system) readAll(t *testing.T, topic string) (records []*kgo.Record) {
	t.Helper()
	client := s.pair.KafkaClient(t, kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	left := int64(0)
	ends := must[kadm.ListedOffsets](t)(kadm.NewClient(client).ListEndOffsets(t.Context(), topic))
	ends.Each(func(end kadm.ListedOffset) { left += end.Offset })
	for next := map[int32]int64{}; left > 0; {
		client.PollFetches(t.Context()).EachRecord(func(r *kgo.Record) {
			left -= r.Offset + 1 - next[r.Partition]
			next[r.Partition] = r.Offset + 1
			if !r.Attrs.IsControl() {
				records = append(records, r)
			}
		})
		if t.Context().Err() != nil {
			t.Fatal(t.Context().Err())
		}
	}
	return records
}

// indicesOf finds ada's records.
func indicesOf(records []*kgo.Record) (found []int) {
	for i, r := range records {
		if string(r.Key) == "ada" {
			found = append(found, i)
		}
	}
	return found
}

func TestEveryChangeIsAccountedFor(t *testing.T) {
	s := settledSystem(t)
	sound := s.topics
	for name, tc := range map[string]struct {
		edit func(records []*kgo.Record, ada []int) []*kgo.Record
		want faults
		text string
	}{
		"one lost": {
			func(r []*kgo.Record, ada []int) []*kgo.Record { return slices.Delete(r, ada[3], ada[3]+1) },
			faults{lost: 1, gaps: 1}, `customer "ada": change 4: want published or waiting, got neither`,
		},
		"the last one lost": {
			func(r []*kgo.Record, ada []int) []*kgo.Record {
				return slices.Delete(r, ada[len(ada)-1], ada[len(ada)-1]+1)
			},
			faults{lost: 1}, `customer "ada": change`,
		},
		"two lost": {
			func(r []*kgo.Record, ada []int) []*kgo.Record {
				return slices.Delete(slices.Delete(r, ada[4], ada[4]+1), ada[3], ada[3]+1)
			},
			faults{lost: 2, gaps: 1}, `customer "ada": changes 4 to 5`,
		},
		"one twice": {
			func(r []*kgo.Record, ada []int) []*kgo.Record { return append(r, r[ada[2]]) },
			faults{duplicated: 1}, "change 3: want once, got again",
		},
		"two swapped": {
			func(r []*kgo.Record, ada []int) []*kgo.Record {
				r[ada[2]], r[ada[3]] = r[ada[3]], r[ada[2]]
				return r
			},
			faults{outOfOrder: 1}, "change 3: want before 4, got after it",
		},
		"another value": {
			func(r []*kgo.Record, ada []int) []*kgo.Record {
				return edited(r, ada[2], `"current":"`, `"current":"1`)
			},
			faults{differing: 1}, "change 4: clv.previous",
		},
		"a cause that was no event": {
			func(r []*kgo.Record, ada []int) []*kgo.Record {
				spoiled := s.sent[slices.IndexFunc(s.sent, func(r *kgo.Record) bool { return string(r.Value) == "not JSON" })]
				r[ada[2]] = headed(r[ada[2]], "ce_id", fmt.Sprintf("%s/%d/%d", spoiled.Topic, spoiled.Partition, spoiled.Offset))
				return r
			},
			faults{unfounded: 1}, "want no change from this record",
		},
		"not JSON": {
			func(r []*kgo.Record, _ []int) []*kgo.Record {
				return append(r, &kgo.Record{Key: []byte("ada"), Value: []byte("{")})
			},
			faults{unreadable: 1}, "what a publisher writes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.topics.Changes = s.copyTopic(t, sound.Changes, func(r []*kgo.Record) []*kgo.Record { return tc.edit(r, indicesOf(r)) })
			defer func() { s.topics = sound }()
			s.expect(t, tc.want, tc.text)
		})
	}
}

// edited replaces text in a record's value.
func edited(records []*kgo.Record, at int, old, with string) []*kgo.Record {
	changed := *records[at]
	changed.Value = []byte(strings.Replace(string(changed.Value), old, with, 1))
	records[at] = &changed
	return records
}

func TestEveryDeadLetterIsAccountedFor(t *testing.T) {
	s := settledSystem(t)
	sound := s.topics
	notJSON := func(r *kgo.Record) bool { return string(r.Value) == "not JSON" }
	tooLate := func(r *kgo.Record) bool { return strings.Contains(string(r.Value), "ada-e14") }
	unmatched := func(r *kgo.Record) bool { return strings.Contains(string(r.Value), `"order_id":"O2"`) }
	for name, tc := range map[string]struct {
		edit func([]*kgo.Record) []*kgo.Record
		want faults
		text string
	}{
		"undecodable one lost": {
			func(r []*kgo.Record) []*kgo.Record { return slices.DeleteFunc(r, notJSON) },
			faults{lettersLost: 1}, "dead letter: want undecodable, got none",
		},
		"late one lost": {
			func(r []*kgo.Record) []*kgo.Record { return slices.DeleteFunc(r, tooLate) },
			faults{lettersLost: 1}, "dead letter: want too_late, got none",
		},
		"unmatched one lost": {
			func(r []*kgo.Record) []*kgo.Record { return slices.DeleteFunc(r, unmatched) },
			faults{lettersLost: 1}, "dead letter: want unmatched, got none",
		},
		"of a cancel that waits": {
			func(r []*kgo.Record) []*kgo.Record {
				return append(r, aboutRecord(r[slices.IndexFunc(r, unmatched)], s.sent[12]))
			},
			faults{lettersUnfounded: 1}, "dead letters: want 0 unmatched, got 1",
		},
		"one twice": {
			func(r []*kgo.Record) []*kgo.Record { return append(r, r[slices.IndexFunc(r, notJSON)]) },
			faults{lettersDuplicated: 1}, "dead letter: want once, got again",
		},
		"another reason": {
			func(r []*kgo.Record) []*kgo.Record {
				at := slices.IndexFunc(r, notJSON)
				r[at] = headed(r[at], deadletter.HeaderReason, "bad_time")
				return r
			},
			faults{lettersUnfounded: 1}, "dead letter's reason: want undecodable, got bad_time",
		},
		"other bytes": {
			func(r []*kgo.Record) []*kgo.Record { return edited(r, slices.IndexFunc(r, tooLate), "ada", "eve") },
			faults{lettersUnfounded: 1}, "dead letter's key and value",
		},
		"of no record": {
			func(r []*kgo.Record) []*kgo.Record {
				return append(r, aboutRecord(r[slices.IndexFunc(r, tooLate)], s.aborted))
			},
			faults{lettersUnfounded: 1}, "dead letter: want a record in the log, got none",
		},
		"of an event that was applied": {
			func(r []*kgo.Record) []*kgo.Record {
				return append(r, aboutRecord(r[slices.IndexFunc(r, tooLate)], s.sent[0]))
			},
			faults{lettersUnfounded: 2}, "dead letter: want none: the event can be applied, got too_late",
		},
		"without coordinates": {
			func(r []*kgo.Record) []*kgo.Record { return append(r, &kgo.Record{Value: []byte("x")}) },
			faults{unreadable: 1}, "name no reason",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.topics.DeadLetter = s.copyTopic(t, sound.DeadLetter, tc.edit)
			defer func() { s.topics = sound }()
			s.expect(t, tc.want, tc.text)
		})
	}
}

// headed is a copy of a record with another value of a header.
func headed(r *kgo.Record, header, value string) *kgo.Record {
	changed := *r
	changed.Headers = slices.Clone(changed.Headers)
	for i := range changed.Headers {
		if changed.Headers[i].Key == header {
			changed.Headers[i].Value = []byte(value)
		}
	}
	return &changed
}

// aboutRecord is a dead letter made to be of another record.
func aboutRecord(letter, record *kgo.Record) *kgo.Record {
	letter = headed(letter, deadletter.HeaderTopic, record.Topic)
	letter = headed(letter, deadletter.HeaderPartition, fmt.Sprint(record.Partition))
	return headed(letter, deadletter.HeaderOffset, fmt.Sprint(record.Offset))
}
