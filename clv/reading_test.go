package clv_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// A reading of an instant after the latest event is what firing everything until
// then leaves, whatever was fired before, and changes nothing.
func TestAtEqualsFiringEverythingAndValuing(t *testing.T) {
	eachAwakeLife(t, 40, func(t *testing.T, rnd *rand.Rand, events []history.Event, v *clv.Valuation) {
		var stored live
		for i := range events {
			stored.take(&events[i], 0, v)
		}
		latest := stored.History.LatestMicros
		fired := stored
		stored.CatchUp("c", latest+rnd.Int64N(300)*eventtest.DayMicros, v, stored.tell) // may be beyond the instant read
		before := fmt.Sprintf("%+v", stored.Customer)
		at := latest + rnd.Int64N(500*eventtest.DayMicros)
		reading, err := stored.At("c", at, v)
		if err != nil {
			t.Fatal(err)
		}
		if after := fmt.Sprintf("%+v", stored.Customer); after != before {
			t.Errorf("reading changed the customer:\n%s\n%s", before, after)
		}
		fired.CatchUp("c", at+1, v, fired.tell)
		if want := estimate.Of(&fired.History, &v.Rules, v.Model, at); reading.Estimate != want {
			t.Errorf("read   %+v\nvalued %+v", reading.Estimate, want)
		}
		then := fired
		if then.Fire("c", at, v); reading.Standing != then.Standing {
			t.Errorf("read  %+v\nfired %+v", reading.Standing, then.Standing)
		}
		if len(reading.Doubts) > 0 {
			t.Errorf("doubts of what is known: %v", reading.Doubts)
		}
		if fresh, _ := fired.At("c", at, v); fresh.Next != next(&fired, v) {
			t.Errorf("next is %+v, want %+v", fresh.Next, next(&fired, v))
		}
	})
}

// next fires on a copy until something comes of it.
func next(c *live, v *clv.Valuation) clv.Next {
	ahead := *c
	for ahead.DueMicros != 0 {
		was := ahead.Standing
		change, announced := ahead.Fire("c", ahead.DueMicros, v)
		if announced {
			return clv.Next{AtMicros: change.Cause.AtMicros, Reason: change.Reason, Announced: true, Standing: ahead.Standing, Value: ahead.Value}
		}
		if ahead.Standing != was { // a level regained or a tier less near: told of by nobody
			return clv.Next{AtMicros: ahead.Value.AsOfMicros, Reason: silentReason(&was, &ahead.Standing), Standing: ahead.Standing, Value: ahead.Value}
		}
	}
	return clv.Next{}
}

func silentReason(was, now *standing.Standing) announce.Reason {
	switch {
	case was.Tier != now.Tier:
		return announce.ReasonTier
	case was.Stage != now.Stage:
		return announce.ReasonDormant
	default:
		return announce.ReasonDecay
	}
}

// traceable leaves out the events that leave no trace once later ones came: they
// are named at Doubt.
func traceable(events []history.Event, rules *history.Rules) []history.Event {
	type key struct {
		order string
		day   calendar.Day
		kind  history.Kind
	}
	seen := map[key]bool{}
	var kept []history.Event
	for i := len(events) - 1; i >= 0; i-- {
		e := events[i]
		k := key{e.OrderID, rules.Calendar.Day(e.AtMicros), e.Kind}
		if e.Kind == history.OrderCancelled {
			k.day = 0
		}
		if once := e.Kind == history.OrderPlaced || e.Kind == history.OrderCancelled; once && seen[k] {
			continue
		}
		seen[k] = true
		kept = append([]history.Event{e}, kept...)
	}
	return kept
}

// A reading of an instant before the latest event, without a doubt, is that of a
// customer who got only the events until then.
func TestAtOfThePastEqualsACustomerOfOnlyThePast(t *testing.T) {
	compared, refused, doubted := 0, 0, map[clv.DoubtKind]int{}
	eachAwakeLife(t, 300, func(t *testing.T, rnd *rand.Rand, events []history.Event, v *clv.Valuation) {
		events = traceable(events, &v.Rules)
		var whole live
		for i := range events {
			whole.take(&events[i], 0, v)
		}
		for range 4 {
			first, last := events[0].AtMicros, whole.History.LatestMicros
			at := first + rnd.Int64N(last-first+1)
			if rnd.IntN(3) == 0 {
				at = events[rnd.IntN(len(events))].AtMicros
			}
			before := fmt.Sprintf("%+v", whole.Customer)
			reading, err := whole.At("c", at, v)
			if after := fmt.Sprintf("%+v", whole.Customer); after != before {
				t.Errorf("reading changed the customer:\n%s\n%s", before, after)
			}
			var sealed *clv.SealedError
			if errors.As(err, &sealed) {
				if refused++; sealed.FromMicros <= at || sealed.FromMicros > last {
					t.Errorf("%d of %d..%d is refused, but not from %d on", at, first, last, sealed.FromMicros)
				}
				continue
			}
			for _, doubt := range reading.Doubts {
				doubted[doubt.Kind]++
			}
			if at == last || len(reading.Doubts) > 0 {
				continue
			}
			compared++
			var then live
			for i := range events {
				if events[i].AtMicros <= at {
					then.take(&events[i], 0, v)
				}
			}
			want, _ := then.At("c", at, v)
			if reading.Estimate != want.Estimate || reading.Standing != want.Standing || reading.Silence != want.Silence {
				t.Errorf("at %d\nread %+v\nwant %+v\nread %+v\nwant %+v", at, reading.Estimate, want.Estimate, reading.Standing, want.Standing)
				return
			}
		}
	})
	t.Logf("%d compared, %d refused, doubted %v", compared, refused, doubted)
	if compared < 1000 || refused == 0 || len(doubted) != int(clv.DoubtPath) {
		t.Error("the lives are too tame")
	}
}

// A path agrees with a reading of each of its moments, and leads to where the
// customer stands.
func TestAPathAgreesWithReadings(t *testing.T) {
	moments := map[history.Kind]int{}
	eachAwakeLife(t, 40, func(t *testing.T, rnd *rand.Rand, events []history.Event, v *clv.Valuation) {
		var c live
		for i := range events {
			c.take(&events[i], 0, v)
		}
		end := c.History.LatestMicros + rnd.Int64N(500)*eventtest.DayMicros
		path := c.Timeline("c", end, v)
		for i, m := range path {
			moments[m.Kind]++
			if m.AtMicros > end || i > 0 && m.AtMicros < path[i-1].AtMicros {
				t.Errorf("moment %d is out of order", i)
			}
			if i+1 < len(path) && path[i+1].AtMicros == m.AtMicros {
				continue // several things at one instant
			}
			reading, err := c.At("c", m.AtMicros, v)
			if err != nil {
				t.Errorf("moment %d: %v", i, err)
			} else if reading.Estimate.CLVMinor != m.Value.CLVMinor || reading.Estimate.PAlive != m.Value.PAlive || reading.Standing != m.Standing {
				t.Errorf("moment %d of %d, %+v\nread %+v\nin   %+v\nread %+v", i, len(path), m, reading.Standing, reading, m.Standing)
			}
		}
		last, err := c.At("c", end, v)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(path); n > 0 && path[n-1].Standing != last.Standing {
			t.Errorf("the path leads to %+v, but the customer stands at %+v", path[n-1].Standing, last.Standing)
		}
	})
	if moments[0] == 0 || moments[history.TimePassed] == 0 || moments[history.OrderPlaced] == 0 || moments[history.OrderRefunded] == 0 || moments[history.OrderCancelled] == 0 {
		t.Errorf("the lives are too tame: %v", moments)
	}
}

// What if equals what is, once the events have come; and the customer stays as
// they were.
func TestWhatIfEqualsWhatIs(t *testing.T) {
	refusals := 0
	eachAwakeLife(t, 40, func(t *testing.T, rnd *rand.Rand, events []history.Event, v *clv.Valuation) {
		known := rnd.IntN(len(events))
		var c live
		for i := range events[:known] {
			c.take(&events[i], 0, v)
		}
		fired := c.History.LatestMicros + rnd.Int64N(100)*eventtest.DayMicros
		c.CatchUp("c", fired+1, v, c.tell)
		end := max(events[len(events)-1].AtMicros, fired) + rnd.Int64N(200)*eventtest.DayMicros
		before := fmt.Sprintf("%+v", c.Customer)
		w := c.WhatIf("c", events[known:], fired, end, v)
		if after := fmt.Sprintf("%+v", c.Customer); after != before {
			t.Errorf("asking changed the customer:\n%s\n%s", before, after)
		}
		c.changes = nil
		for i := range events[known:] {
			e := &events[known+i]
			fired = max(fired, e.AtMicros-1)
			c.take(e, fired, v)
			if w.Refused[i] != nil {
				refusals++
			}
		}
		c.CatchUp("c", end+1, v, c.tell)
		if a, b := fmt.Sprintf("%+v", w.Changes), fmt.Sprintf("%+v", c.changes); a != b {
			t.Errorf("would be announced\n%s\nis\n%s", a, b)
		}
		if a, b := w.Customer.Value, c.Value; a != b || w.Customer.Standing != c.Standing || w.Customer.DueMicros != c.DueMicros {
			t.Errorf("would be %+v %+v\nis       %+v %+v", a, w.Customer.Standing, b, c.Standing)
		}
	})
	if refusals == 0 {
		t.Error("nothing is refused: the lives are too tame")
	}
}

// A clone shares no memory, whatever fields a customer may come to have.
func TestAClonedCustomerSharesNothing(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	v := watchful(t, model.Historic{})
	var c clv.Customer
	for _, e := range inOrder(eventtest.Life{CustomerID: "c", Events: 200, StartMicros: 20_000 * eventtest.DayMicros, SpanDays: 900, Orders: 40, LatenessDays: 10}.Draw(rnd)) {
		c.CatchUp("c", e.AtMicros, v, func(clv.Change) {})
		_, _, _ = c.Apply(&e, v)
	}
	if len(c.History.Orders) == 0 || len(c.History.Sealed.OrderHashes) == 0 || len(c.Entries) == 0 {
		t.Fatalf("the life is too tame: %+v", c)
	}
	c.Extensions = "of a later version"
	clone := c.Clone()
	if clone.Extensions != c.Extensions {
		t.Errorf("cloned with extensions %q", clone.Extensions)
	}
	if a, b := fmt.Sprintf("%+v", c.History.Orders), fmt.Sprintf("%+v", clone.History.Orders); a != b {
		t.Errorf("cloned %s\nas     %s", a, b)
	}
	shared(t, "Customer", reflect.ValueOf(c), reflect.ValueOf(*clone))
}

// shared finds slices of two values that are the same memory. What is not
// exported is the package's own.
func shared(t *testing.T, path string, a, b reflect.Value) {
	t.Helper()
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			if field := a.Type().Field(i); field.IsExported() {
				shared(t, path+"."+field.Name, a.Field(i), b.Field(i))
			}
		}
	case reflect.Slice:
		if a.Len() != b.Len() || a.Len() > 0 && a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared, or not the same", path)
			return
		}
		for i := range a.Len() {
			shared(t, fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i))
		}
	case reflect.Pointer, reflect.Map:
		if a.Type() == reflect.TypeFor[*history.Own]() { // never changed, but replaced
			return
		}
		t.Errorf("%s is a %s, which this test does not look into", path, a.Kind())
	default:
	}
}
