package report

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/calibrate"
)

// A sample is the same and complete whatever the order of the events.
func TestSampleIsComplete(t *testing.T) {
	var events []history.Event
	for customer := range 4 * sampleSize {
		for order := range 1 + customer%4 {
			events = append(events, history.Event{Kind: history.OrderPlaced, CustomerID: fmt.Sprint("c", customer), OrderID: fmt.Sprint(order), AtMicros: int64(order) * 86_400_000_000})
		}
	}
	events = append(events, history.Event{Kind: history.CustomerAcquired, CustomerID: "c0"})
	var first map[string]int
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		rng.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		survey := must(Look(context.Background(), inMemory(events), rules()))
		if survey.First != 0 || survey.Last != 3 || survey.Orders != len(events)-1 {
			t.Errorf("%d orders from %s to %s", survey.Orders, survey.First, survey.Last)
		}
		kept := map[string]int{}
		for _, c := range survey.customers()[:sampleSize] {
			kept[c.id] = len(c.events)
		}
		if first == nil {
			first = kept
		}
		if !reflect.DeepEqual(kept, first) {
			t.Fatal("another order, another sample")
		}
	}
	for id, orders := range first {
		var customer int
		if _, err := fmt.Sscanf(id, "c%d", &customer); err != nil || orders != 1+customer%4 {
			t.Errorf("%s has %d orders in the sample, want %d", id, orders, 1+customer%4)
		}
	}
}

func inMemory(events []history.Event) calibrate.Source {
	return calibrate.Source{Each: func(_ context.Context, take func(*history.Event)) error {
		for i := range events {
			take(&events[i])
		}
		return nil
	}}
}

// A customer without end takes no memory without end.
func TestSampleIsBounded(t *testing.T) {
	events := slices.Repeat([]history.Event{{Kind: history.OrderPlaced, CustomerID: "c"}}, mostEvents+1)
	survey := must(Look(context.Background(), inMemory(events), rules()))
	if c := survey.customers(); len(c) != 1 || len(c[0].events) != 0 {
		t.Errorf("%d events of a customer are kept", len(c[0].events))
	}
}

// A history ends with what the live path says of the customer at the end.
func TestHistoriesAreTheLivePath(t *testing.T) {
	in := input(t, example(t), cdnow(t), "1997-09-30", "1998-06-30")
	s := must(newSubject(in))
	chosen := s.choose()
	if len(chosen) != 6 {
		t.Fatalf("%d customers", len(chosen))
	}
	ids := map[string]bool{}
	for _, c := range chosen {
		ids[c.id] = true
		var h history.History
		for i := range c.events {
			if _, refused := h.Fold(&c.events[i], in.Rules); refused != nil {
				t.Fatal(refused)
			}
		}
		facts := h.Facts(in.Rules, s.noon(in.Until, &h))
		want := s.model.Predict(facts)
		over := s.aliveOver(c)
		last := over[len(over)-1]
		if last.day != in.Until || last.alive != want.PAlive || c.now != want || facts != c.facts {
			t.Errorf("%s ends with %+v, want %v", c.id, last, want.PAlive)
		}
		if len(c.purchase) != facts.PurchaseDays || c.purchase[0] != over[0].day {
			t.Errorf("%s has purchases %v, and is drawn from %s", c.id, c.purchase, over[0].day)
		}
		for i, m := range over[1:] {
			if bought := slices.Contains(c.purchase, m.day); bought != (m.alive > over[i].alive) {
				t.Errorf("%s on %s: bought %v, P(alive) went from %v to %v", c.id, m.day, bought, over[i].alive, m.alive)
			}
		}
	}
	if len(ids) != 6 || chosen[0].facts.Frequency < chosen[1].facts.Frequency || chosen[2].now.PAlive > .05 || chosen[4].facts.Frequency != 1 || chosen[5].facts.Frequency != 0 {
		t.Errorf("the examples are not what they are called: %+v", chosen)
	}
}

// Refunds and cancellations take purchases away in a history, too.
func TestHistoriesKnowRefunds(t *testing.T) {
	const dayMicros = 86_400_000_000
	order := func(kind history.Kind, id string, day int64) history.Event {
		return history.Event{Kind: kind, ID: fmt.Sprint(kind, id), CustomerID: "c", OrderID: id, RefundID: id, AmountMinor: 500, AtMicros: day * dayMicros}
	}
	events := []history.Event{
		order(history.OrderPlaced, "1", 10), order(history.OrderPlaced, "2", 20), order(history.OrderRefunded, "2", 25),
		order(history.OrderPlaced, "3", 40), order(history.OrderPlaced, "4", 50), order(history.OrderCancelled, "4", 51),
	}
	s := must(newSubject(input(t, example(t), inMemory(events), "", "")))
	chosen := s.choose()
	if len(chosen) != 1 || chosen[0].facts.Frequency != 1 || chosen[0].facts.RecencyDays != 30 {
		t.Fatalf("%+v", chosen)
	}
}
