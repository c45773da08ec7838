package shop

import (
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

func TestDisorderKeepsEveryEvent(t *testing.T) {
	all := events(t, year())
	d := Disorder{Seed: 3, LateShare: .2, MaxLateDays: 10, DuplicateShare: .1}
	arrivals, copies, late, swapped := map[string]int{}, 0, 0, 0
	lastArrival, lastEvent := int64(math.MinInt64), int64(math.MinInt64)
	for a := range d.Deliver(slices.Values(all)) {
		if a.AtMicros < lastArrival {
			t.Fatalf("delivery of %s goes back in time", a.Event.ID)
		}
		lastArrival = a.AtMicros
		arrivals[a.Event.ID]++
		if a.Copy {
			copies++
		}
		if wait := a.AtMicros - a.Event.AtMicros; wait > 0 {
			late++
			if wait > 10*microsPerDay {
				t.Fatalf("%s is %d µs late", a.Event.ID, wait)
			}
		} else if wait < 0 {
			t.Fatalf("%s arrives before it happens", a.Event.ID)
		}
		if a.Event.AtMicros < lastEvent {
			swapped++
		}
		lastEvent = a.Event.AtMicros
	}
	n := float64(len(all))
	if len(arrivals) != len(all) || swapped == 0 {
		t.Errorf("%d of %d events arrived, %d out of order", len(arrivals), len(all), swapped)
	}
	within(t, "duplicates", float64(copies)/n, .1, math.Sqrt(.1*.9/n))
	within(t, "late", float64(late)/(n+float64(copies)), .2, math.Sqrt(.2*.8/n))
	for id, times := range maps.All(arrivals) {
		if times > 2 {
			t.Fatalf("%s arrived %d times", id, times)
		}
	}
}

func TestNoDisorderChangesNothing(t *testing.T) {
	all := events(t, year())
	var got []history.Event
	for a := range (Disorder{}).Deliver(slices.Values(all)) {
		got = append(got, a.Event)
	}
	if !slices.Equal(got, all) {
		t.Error("the zero disorder changed the stream")
	}
}

func TestDisorderStopsWhenAsked(t *testing.T) {
	n := 0
	for range (Disorder{LateShare: 1, MaxLateDays: 1}).Deliver(slices.Values(events(t, year()))) {
		if n++; n == 10 {
			break
		}
	}
	if n != 10 {
		t.Errorf("%d deliveries, want to stop at 10", n)
	}
}

func TestDisorderRefusesNonsense(t *testing.T) {
	for _, d := range []Disorder{{LateShare: 2}, {DuplicateShare: math.NaN()}, {MaxLateDays: -1}, {MaxLateDays: math.Inf(1)}} {
		if d.Validate() == nil {
			t.Errorf("%+v passed", d)
		}
	}
}
