package feed

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
)

func currency(t *testing.T, code string) money.Currency {
	t.Helper()
	c, err := money.ParseCurrency(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTimelineEndsNow(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	live := Timeline{Days: 10, DaySeconds: 2, LiveFor: 20 * time.Second, Now: now}
	if want := now.Add(-10 * day); live.LiveFrom() != want {
		t.Errorf("live from %s, want %s", live.LiveFrom(), want)
	}
	if want := now.Add(-20 * day); live.Start() != want {
		t.Errorf("history from %s, want %s", live.Start(), want)
	}
	if still := (Timeline{Days: 10, Now: now}); still.LiveFrom() != now {
		t.Errorf("without live days the history ends at %s, want now", still.LiveFrom())
	}
}

// Each event is of one part, and a live one comes when its time does.
func TestTimelineSplitsAndPaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := Timeline{Days: 3, DaySeconds: 2, LiveFor: 8 * time.Second, Now: time.Now()}
		events := func(yield func(history.Event) bool) {
			for half := range 14 { // two a day
				if !yield(history.Event{AtMicros: line.Start().Add(time.Duration(half) * day / 2).UnixMicro()}) {
					return
				}
			}
		}
		history, live := line.Split(events, currency(t, "EUR"))
		past := slices.Collect(history)
		if len(past) != 6 || past[0].Currency != currency(t, "EUR") {
			t.Errorf("the history is %+v", past)
		}
		began := time.Now()
		var after []time.Duration
		for range line.Paced(t.Context(), live) {
			after = append(after, time.Since(began))
		}
		for i, at := range after {
			if want := time.Duration(i) * time.Second; at != want {
				t.Errorf("event %d comes after %s, want %s", i, at, want)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		if few := slices.Collect(line.Paced(ctx, live)); len(after) != 8 || len(few) != 3 {
			t.Errorf("%d events come, and %d until the time is up", len(after), len(few))
		}
	})
}

// What was given early is waited for, and a pause is made up for.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := rate{perSecond: 10, began: time.Now()}
		early := 0
		for range 100 {
			if p.early() {
				early++
				sleepUntil(t.Context(), p.due())
			}
			if p.given == 50 {
				time.Sleep(3 * time.Second)
			}
		}
		if took := time.Since(p.began); took != 10*time.Second || early >= 99 {
			t.Errorf("100 at 10 a second took %s, and %d waited", took, early)
		}
		if none := (rate{}); none.early() {
			t.Error("without a rate there is no waiting")
		}
	})
}

// Events are sent until the context is done.
func TestPublish(t *testing.T) {
	pair := testbed.EmbeddedPair(t)
	topic := testbed.Unique(t)
	pair.CreateTopic(t, topic, 2)
	client := cluster.Access{Brokers: pair.Brokers}
	some := func(n int) iter.Seq[Event] {
		return func(yield func(Event) bool) {
			for i := range n {
				id := fmt.Sprint(i)
				if !yield(Event{history.Event{Kind: history.OrderPlaced, ID: id, OrderID: id, CustomerID: id, AtMicros: 1, AmountMinor: 1}, currency(t, "USD")}) {
					return
				}
			}
		}
	}
	var published int64
	var one []int64
	sent, err := Publish(t.Context(), client, []string{topic}, some(12_000), Pace{}, func(n int64) { published = n })
	if err != nil || sent != 12_000 || published != sent {
		t.Errorf("%d sent, %d told: %v", sent, published, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if sent, err := Publish(ctx, client, []string{topic}, some(1_000_000), Pace{PerSecond: 100}, func(int64) {}); err != nil && !errors.Is(err, ctx.Err()) || sent == 0 || sent > 40 {
		t.Errorf("in 300 ms at 100 a second %d were sent: %v", sent, err)
	}
	if sent, err := Publish(t.Context(), client, []string{topic}, some(3), Pace{Each: true}, func(n int64) { one = append(one, n) }); err != nil || !slices.Equal(one, []int64{1, 2, 3, 3}) {
		t.Errorf("one by one %d of %d were sent: %v", one, sent, err)
	}
	if _, err := Publish(t.Context(), client, nil, some(1), Pace{}, func(int64) {}); err == nil || !strings.Contains(err.Error(), "input.topics") {
		t.Errorf("to no topic: %v", err)
	}
}
