package customerview

import (
	"cmp"
	"errors"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/change"
)

// Every point of the path is the view of its instant, and the end is that of the end.
func TestHistoryIsAPathOfViews(t *testing.T) {
	c := c42(t)
	h := must(c.History(c.NowMicros))
	for _, m := range append(h.Path, h.Until) {
		v := c.asOf(t, m.At)
		worth := Worth{
			CLV: v.Text("clv.current"), Historic: v.Text("clv.historic"), Predicted: v.Text("clv.predicted"),
			PAlive: change.As[*float64](v, "p_alive"), ExpectedOrders: change.As[float64](v, "expected_orders"),
		}
		if asJSON(worth) != asJSON(m.Worth) || cmp.Or(v.Text("stage.current"), "none") != m.Stage || asJSON(change.As[*string](v, "tier.current")) != asJSON(m.Tier) {
			t.Errorf("%+v is viewed as %s", m, asJSON(v))
		}
	}
	if len(h.Ledger) != 5 || h.Sealed != nil || len(h.Before) != 0 || h.Until.Type != history.TimePassed.String() {
		t.Errorf("%+v", h)
	}
}

// What is sealed begins the path, and what the ledger has before that is kept apart. An
// order that was refunded is sealed later than those before it.
func TestHistoryOfSealedOrders(t *testing.T) {
	c := c42(t)
	c.take(t, 0, order("2026-11-25T22:00:00Z", "o4", 100))
	h := must(c.History(c.NowMicros))
	if h.Sealed == nil || h.Sealed.Orders != 2 || h.Sealed.Net != "60.00" || h.Sealed.LastDay != "2026-07-08" || h.Path[0].Type != SealedType || h.Path[0].CLV == "" {
		t.Errorf("%+v", h)
	}
	if len(h.Before) != 1 || h.Before[0].Channel != "search" || h.Before[0].CLV != "" {
		t.Errorf("before the path: %+v", h.Before)
	}
	var sealed *clv.SealedError
	if _, err := c.AsOf(micros("2026-07-01T00:00:00Z")); !errors.As(err, &sealed) || sealed.FromMicros != micros("2026-07-08T17:40:00Z") {
		t.Errorf("an instant before what is sealed: %v", err)
	}
}
