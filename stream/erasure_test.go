package stream

import (
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/audience"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
)

// An erasure is told to every audience, whatever its filter, and leaves a tombstone by the
// customer's id.
func TestErasureIsToldToEverybody(t *testing.T) {
	euro, err := money.ParseCurrency("EUR")
	if err != nil {
		t.Fatal(err)
	}
	audiences, err := audience.Compile([]audience.Audience{{Name: "gold", Topic: "gold", Filter: `tier.current == "gold"`}})
	if err != nil {
		t.Fatal(err)
	}
	w := &changeWriter{
		renderer:  renderer{topics: cluster.OutputTopicsOf("clv"), change: change.NewRenderer(euro)},
		audiences: audiences, variables: audience.NewVariables(euro), counts: make([]admitted, 1),
	}
	told := clv.Change{CustomerID: "c", Version: 2, Reason: announce.ReasonPurchase, Cause: clv.Cause{Kind: history.OrderPlaced}, Current: estimate.Estimate{CLVMinor: 5}}
	for reason, topics := range map[announce.Reason]int{announce.ReasonPurchase: 1, announce.ReasonErased: 2} {
		told.Reason = reason
		records, latest := w.append(nil, layout.Source{Topic: "orders"}, &layout.Item{Change: &told})
		if len(records) != topics || records[0].Topic != "clv.changes" || records[0].Value == nil {
			t.Errorf("%s: %d records", reason, len(records))
		}
		if (latest.Value == nil) != (reason == announce.ReasonErased) || string(latest.Key) != "c" || latest.Topic != "clv.current" {
			t.Errorf("%s: the current value of %s is %s", reason, latest.Key, latest.Value)
		}
	}
}
