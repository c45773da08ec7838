package layout

import (
	"fmt"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
)

// day0 is where the tests' lives begin: 2024-10-04.
const day0 = 20_000

// plain is a model whose figures follow from the facts in plain sight.
type plain struct{ model.OwnRhythm }

func (plain) Name() string    { return "plain" }
func (plain) Version() string { return "1" }

func (plain) Predict(f history.Facts) model.Prediction {
	return model.Prediction{
		PAlive:            1 / float64(1+f.AgeDays-f.RecencyDays),
		AliveKnown:        true,
		OrdersIfAlive:     float64(f.PurchaseDays),
		ValueIfAliveMinor: float64(max(0, f.RevenueMinor)) / 3,
		SpendMinor:        f.RepeatMeanMinor,
	}
}

func newValuation(t testing.TB) *clv.Valuation {
	t.Helper()
	share, err := money.ParseDecimal("0.35")
	if err != nil {
		t.Fatal(err)
	}
	margins, err := money.NewMargins(share)
	if err != nil {
		t.Fatal(err)
	}
	return &clv.Valuation{Basis: standing.Basis{Model: plain{}, Rules: history.Rules{
		Margins: margins, LatenessDays: history.DefaultLatenessDays, LedgerLimit: history.DefaultLedgerLimit,
	}}}
}

func source(partition int32) Source {
	return Source{Topic: "orders", Partition: partition, TopicID: [16]byte{1, 2, 3}}
}

// orderOf is the i-th order of a customer, one a day.
func orderOf(customer string, i int) history.Event {
	return history.Event{
		Kind: history.OrderPlaced, ID: fmt.Sprintf("%s-e%d", customer, i), CustomerID: customer, OrderID: fmt.Sprintf("%s-o%d", customer, i),
		AtMicros: (day0 + int64(i)) * microsPerDay, AmountMinor: 1000 + int64(i),
	}
}

func itemText(item Item) string {
	if item.DeadLetter != nil {
		return fmt.Sprintf("%+v", *item.DeadLetter)
	}
	return fmt.Sprintf("%+v", *item.Change)
}

// apply takes a customer through an event and what is due before it.
func apply(c *clv.Customer, e *history.Event, v *clv.Valuation) (announced []clv.Change, refused *history.Refusal) {
	did := c.Advance(e.CustomerID, clv.Occasion{Event: e}, v, func(change clv.Change) { announced = append(announced, change) })
	return announced, did.Refused
}

func calendarOf(t *testing.T, zone string) calendar.Calendar {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return calendar.NewCalendar(location)
}
