package clv_test

import (
	"strconv"
	"testing"

	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/eventtest"
)

// A drift that is reached on the day on which a stage changes in silence is
// announced on that day, as what it is.
func TestADriftIsAnnouncedBesideASilentStage(t *testing.T) {
	const wonBackDays = 14
	v := watchful(t, models(t)["mbgnbd"])
	v.Awake = standing.Awake{Stages: standing.Stages{Dormant: standing.StageEntry{SilenceDays: 90}, WonBackDays: wonBackDays}}
	at := func(day int64) int64 { return (20_000 + day) * eventtest.DayMicros }
	wonBack := func() (c live) {
		for _, day := range []int64{0, 100} {
			id := strconv.FormatInt(day, 10)
			c.take(&history.Event{Kind: history.OrderPlaced, ID: id, CustomerID: "c", OrderID: id, AmountMinor: 5000, AtMicros: at(day) + 1}, 0, v)
		}
		if c.changes = nil; c.Standing.Stage != standing.StageWonBack {
			t.Fatalf("the customer is %s", c.Standing.Stage)
		}
		return c
	}
	const over = 100 + wonBackDays + 1
	first := wonBack()
	before, then := estimate.Of(&first.History, &v.Rules, v.Model, at(over-1)), estimate.Of(&first.History, &v.Rules, v.Model, at(over))
	v.Awake.Drift = 1 - (before.CLVMinor+then.CLVMinor)/2/first.AnnouncedMinor // reached on that day, and not before
	c := wonBack()
	c.CatchUp("c", at(over)+1, v, c.tell)
	if len(c.changes) != 1 || c.changes[0].Reason != announce.ReasonDecay || c.changes[0].Cause.AtMicros != at(over) {
		t.Errorf("announced %+v, want a decay of day %d", c.changes, over)
	}
}
