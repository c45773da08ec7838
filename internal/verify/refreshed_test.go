package verify_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/internal/verify"
)

// refresh has the statistics count what everybody is worth at an instant.
func (s *system) refresh(t *testing.T, atMicros int64) (counted int64) {
	t.Helper()
	r := s.store.NewRefresher([]int{0, 1, 2, 3}, func() *clv.Valuation { return &s.valuation })
	defer r.Close()
	for {
		did, err := r.Step(t.Context(), atMicros, atMicros)
		if err != nil {
			t.Fatal(err)
		}
		counted += did.Counted
		if did.OldestMicros >= atMicros && !did.More {
			return counted
		}
	}
}

// What is counted in place of a value is verified by a valuation as of its day: what is
// counted wrongly is found, although the statistics are what the customers come to.
func TestWhatIsCountedAnewIsCompared(t *testing.T) {
	s := settledAwakeSystem(t)
	at := 1_500_000_000_000_000 + 230*day
	if counted := s.refresh(t, at); counted == 0 {
		t.Fatal("nobody is counted anew")
	}
	report := s.verify(t)
	if !report.Verified {
		t.Fatal(report)
	}
	changes := report.Changes
	ada, err := s.store.Customer(t.Context(), "ada")
	if err != nil || !ada.Refreshed.Known {
		t.Fatalf("ada counts %+v, %v", ada.Refreshed, err)
	}
	for name, tc := range map[string]struct {
		change func(*clv.Refreshed)
		text   string
	}{
		"value":                  {func(r *clv.Refreshed) { r.PredictedMinor++ }, "counted predicted_minor"},
		"P(alive)":               {func(r *clv.Refreshed) { r.AlivePercent++ }, "counted p_alive"},
		"P(alive) not known":     {func(r *clv.Refreshed) { r.AliveKnown, r.AlivePercent = false, 0 }, "counted p_alive"},
		"a day on which she had": {func(r *clv.Refreshed) { r.Day = s.valuation.Rules.Calendar.Day(ada.Value.AsOfMicros) }, "counted as of"},
		"a day to come":          {func(r *clv.Refreshed) { r.Day = s.valuation.Rules.Calendar.Day(time.Now().UnixMicro()) + 2 }, "counted as of"},
		"another day":            {func(r *clv.Refreshed) { r.Day += 100 }, "counted predicted_minor"},
		"as before":              {func(r *clv.Refreshed) { *r = clv.Refreshed{} }, "counted as of: want a day since"},
	} {
		t.Run(name, func(t *testing.T) {
			s.tamper(t, "ada", func(c *clv.Customer) { tc.change(&c.Refreshed) })
			got := s.verify(t)
			if got.DifferingCustomers != 1 || got.Verified || !slices.ContainsFunc(got.Differences, func(d verify.Difference) bool { return strings.Contains(d.String(), tc.text) }) {
				t.Errorf("%d customers differ: want ada, and a difference that says %q: %v", got.DifferingCustomers, tc.text, got.Differences)
			}
		})
	}
	t.Run("statistics", func(t *testing.T) {
		s.tamper(t, "ada", func(c *clv.Customer) { c.Refreshed = clv.Refreshed{} })
		if got := s.verify(t); got.Statistics == 0 {
			t.Error("the statistics count another value than the customer's, and nothing is found")
		}
	})
	t.Run("after more events", func(t *testing.T) {
		stopConsumer, stopPublisher := s.consume(t), s.publish(t)
		s.send(t, lives(random(t), s, "d", 20)...)
		s.settle(t)
		s.refresh(t, at+50*day)
		stopConsumer()
		stopPublisher()
		if report := s.verify(t); !report.Verified || report.Changes <= changes {
			t.Error(report)
		}
	})
}
