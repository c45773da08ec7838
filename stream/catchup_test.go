package stream

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// After a week without publishers, what has come due is caught up on in the order of
// its instants, a day's spread across shards at most, and no faster than the rate.
func TestAWeekOfAbsenceIsCaughtUpOnInOrder(t *testing.T) {
	const customers, customersPerSecond = 2000, 50
	synctest.Test(t, func(t *testing.T) {
		y := newYear(t)
		y.orders(t, customers)
		y.inputIsCaughtUp(t)
		y.leaveFor(t, 10*time.Minute, 10_000) // what is due by now is not of the absence
		y.unread(t)

		time.Sleep(7 * 24 * time.Hour)
		y.inputIsCaughtUp(t)
		behind := y.leaveFor(t, 10*time.Minute, customersPerSecond)
		if !slices.IsSortedFunc(behind, func(a, b int64) int { return int(b/1e6 - a/1e6) }) || behind[len(behind)-1] != 0 {
			t.Errorf("the publisher was behind by %v µs: want ever less, and nothing in the end", behind)
		}
		announcements := y.unread(t)
		if len(announcements) < customers/10 {
			t.Fatalf("only %d changes were announced: the week was too quiet", len(announcements))
		}
		for i, a := range announcements {
			for _, before := range announcements[:at(announcements, a.at.Add(-publishedWithin))] {
				if before.asOf.Sub(a.asOf) > catchUpWindow {
					t.Fatalf("change %d, as of %s, comes after one as of %s", i, a.asOf, before.asOf)
				}
			}
			// A second beside the rate is for when a transaction is under way.
			if inAMinute := at(announcements, a.at.Add(time.Minute)) - i; inAMinute > 61*customersPerSecond+firedAtOnce {
				t.Fatalf("%d changes were announced in a minute from %s on", inAMinute, a.at)
			}
		}
	})
}

// What package due promises: how far shards may be apart, and how many customers one
// transaction looks at.
const (
	catchUpWindow = 24 * time.Hour
	firedAtOnce   = 250
)

// publishedWithin is how much later than another a lane may publish what was fired
// before: its transactions linger for a second.
const publishedWithin = 2 * time.Second

type changeAt struct{ at, asOf time.Time }

// at is how many of the changes, which ascend, were announced before an instant.
func at(announcements []changeAt, instant time.Time) int {
	n, _ := slices.BinarySearchFunc(announcements, instant, func(a changeAt, instant time.Time) int { return a.at.Compare(instant) })
	return n
}

// leaveFor lets a publisher work for a while, and returns by how much its lanes were
// behind, µs, every few seconds.
func (y *year) leaveFor(t *testing.T, while time.Duration, customersPerSecond int) (behind []int64) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	p := y.publisherAt(t, ctx, customersPerSecond)
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	for end := time.Now().Add(while); time.Now().Before(end); {
		time.Sleep(10 * time.Second)
		most := int64(0)
		p.mu.Lock()
		for _, l := range p.running {
			most = max(most, l.due.Behind().Microseconds())
		}
		p.mu.Unlock()
		behind = append(behind, most)
	}
	leave()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return behind
}

// unread reads the changes that time caused and that were not read yet, as they were
// published.
func (y *year) unread(t *testing.T) (announcements []changeAt) {
	t.Helper()
	y.each(t, func(r *kgo.Record) {
		if _, asOf, ofTime, err := announced(r); err != nil {
			t.Error(err)
		} else if ofTime {
			announcements = append(announcements, changeAt{r.Timestamp, asOf})
		}
	})
	slices.SortStableFunc(announcements, func(a, b changeAt) int { return a.at.Compare(b.at) })
	return announcements
}
