package modeldiff

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

const dayMicros = 86_400_000_000

// order is one of so many minor units.
func order(customer, id string, day, minor int64) history.Event {
	return history.Event{Kind: history.OrderPlaced, ID: id, OrderID: id, CustomerID: customer, AtMicros: day * dayMicros, AmountMinor: minor}
}

func sourceOf(events ...history.Event) calibrate.Source {
	return calibrate.Source{Each: func(_ context.Context, take func(*history.Event)) error {
		for i := range events {
			take(&events[i])
		}
		return nil
	}}
}

// compare values the customers of events by the margin to date and by twice as much.
func compare(t *testing.T, most int, events ...history.Event) (*Values, error) {
	t.Helper()
	rules := must(inforce.Resolver{Config: config.Default()}.Valuation()).Rules
	customers, latest, err := Customers(t.Context(), sourceOf(events...), &rules)
	if err != nil {
		t.Fatal(err)
	}
	c := Comparison{Left: model.Historic{}, Right: doubled{}, Rules: &rules, AsOfMicros: latest, Currency: must(money.ParseCurrency("USD")), Most: most}
	return c.Of(customers)
}

// doubled expects of everybody as much again as they brought, but of those who brought
// 5.00 or less, whom it expects to cost 1.00.
type doubled struct{ model.Historic }

func (doubled) Predict(f history.Facts) model.Prediction {
	value := float64(f.RevenueMinor)
	if f.RevenueMinor <= 500 {
		value = -100
	}
	return model.Prediction{PAlive: 1, ValueIfAliveMinor: value}
}

func TestValuesOfBothModels(t *testing.T) {
	got, err := compare(t, 2,
		order("b", "1", 2, 700), order("a", "2", 1, 1000), order("b", "3", 1, 300), order("tiny", "4", 3, 500),
		order("gone", "5", 1, 9900), history.Event{Kind: history.OrderCancelled, ID: "6", OrderID: "5", CustomerID: "gone", AtMicros: 2 * dayMicros},
	)
	if err != nil {
		t.Fatal(err)
	}
	want := &Values{
		Customers: 3, AsOf: "1970-01-04T00:00:00Z", Currency: "USD",
		Left: Sum{"25.00", "10.00"}, Right: Sum{"44.00", "20.00"},
		MedianMove: "10.00", MedianShare: 1, Up: 2, Down: 1,
		Most: []Move{{"a", "10.00", "20.00", "10.00"}, {"b", "10.00", "20.00", "10.00"}},
		asOf: "1970-01-04 00:00:00 UTC",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	even, err := compare(t, 0, order("a", "1", 1, 1000), order("b", "2", 1, 3000))
	if err != nil || even.Left.Median != "20.00" || even.MedianMove != "20.00" || len(even.Most) != 0 {
		t.Errorf("the median of two is %+v, %v", even, err)
	}
}

func TestNobodyBought(t *testing.T) {
	churn := history.Event{Kind: history.ChurnConfirmed, ID: "1", CustomerID: "a", AtMicros: dayMicros}
	for _, events := range [][]history.Event{nil, {churn}} {
		if _, err := compare(t, 1, events...); !errors.Is(err, calibrate.ErrNoCustomers) {
			t.Errorf("of %d events: %v", len(events), err)
		}
	}
}

// Parameters that one of the models has alone are shown of both, and what differs is
// marked.
func TestParameters(t *testing.T) {
	r := inforce.Resolver{Config: config.Default()}
	file := func(path string) inforce.Model {
		return must(inforce.Resolver{Config: config.Default(), File: path}.Configured())
	}
	simple, bgnbd, mbgnbd := must(r.Configured()), file("../../docs/examples/cdnow-bgnbd.yaml"), file("../../docs/examples/cdnow-mbgnbd.yaml")
	text := func(left, right *inforce.Model) string {
		var out bytes.Buffer
		if err := Of(left, right).WriteText(&out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if same := text(&bgnbd, &bgnbd); strings.Contains(same, "*") {
		t.Errorf("a model differs from itself:\n%s", same)
	}
	d := Of(&bgnbd, &mbgnbd)
	if d.Left.Parameters["a"] != "0.793" || d.Right.Parameters["a"] != "0.891" || len(d.names) != len(d.Left.Parameters) || d.Left.Version == d.Right.Version {
		t.Errorf("%+v", d)
	}
	for _, alone := range []string{text(&simple, &mbgnbd), text(&mbgnbd, &simple)} {
		if !strings.Contains(alone, "spend gamma") || strings.Count(alone, "*") != 14 {
			t.Errorf("a model without parameters beside one with some:\n%s", alone)
		}
	}
}
