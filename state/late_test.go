package state

import (
	"testing"
	"time"
)

// An event is late for due times if its shard has fired an instant that is not before it.
func TestLateEventsAreCounted(t *testing.T) {
	w := embeddedWorld(t)
	w.shards = 1
	w.valuation.Awake = watchful()
	s := w.open()
	claim := w.claim(s, 0)
	commit := func(first int64, day int) Counted {
		t.Helper()
		result, err := claim.Commit(soon(t), w.batch(first, round(day, 3)...))
		if err != nil {
			t.Fatal(err)
		}
		return result.Late
	}
	if late := commit(0, 0); late != (Counted{}) {
		t.Errorf("before anything fired: %+v", late)
	}
	w.fire(s.NewFirer(w.configured), (day0+40)*microsPerDay)
	if late := commit(3, 10); late.Events != 3 || late.EarliestMicros < (day0+10)*microsPerDay || late.EarliestMicros >= (day0+11)*microsPerDay {
		t.Errorf("on day 10, after day 40 was fired: %+v", late)
	}
	if late := commit(6, 41); late != (Counted{}) {
		t.Errorf("on day 41: %+v", late)
	}
}

func TestLongestLatenessIsKeptForAWhile(t *testing.T) {
	w := embeddedWorld(t)
	s := w.open()
	monday := time.UnixMicro(1_700_000_000_000_000)
	for _, step := range []struct {
		by   time.Duration
		at   time.Time
		want time.Duration
	}{
		{time.Hour, monday, time.Hour},
		{time.Minute, monday.AddDate(0, 0, 7), time.Hour},
		{2 * time.Hour, monday.AddDate(0, 0, 7), 2 * time.Hour},
		{time.Minute, monday.AddDate(0, 0, 15), time.Minute},
	} {
		if err := s.KeepLateness(soon(t), source(0), Lateness{step.by, step.at}, 7*24*time.Hour); err != nil {
			t.Fatal(err)
		}
		if all, err := s.Latenesses(soon(t)); err != nil || all[source(0).String()].By != step.want {
			t.Errorf("after %s at %s: %v, %v; want %s", step.by, step.at, all, err, step.want)
		}
	}
}
