package audience

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/changetest"
)

func admits(t testing.TB, filter string, c *clv.Change) (admits, failed bool) {
	t.Helper()
	a := compiled(t, filter)
	return a.Admits(NewVariables(currencyOf(t, "USD")).Of(c))
}

func compiled(t testing.TB, filter string) Compiled {
	t.Helper()
	all, err := Compile([]Audience{{Name: "a", Topic: "t", Filter: filter}})
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	return all[0]
}

func currencyOf(t testing.TB, code string) money.Currency {
	t.Helper()
	currency, err := money.ParseCurrency(code)
	if err != nil {
		t.Fatal(err)
	}
	return currency
}

func TestAFilterHolds(t *testing.T) {
	order, dormant := changetest.Sample(), changetest.Dormant()
	for _, test := range []struct {
		filter string
		of     *clv.Change
		want   bool
	}{
		{`stage.current == "dormant" && clv.predicted > 50`, dormant, true},
		{`stage.current == "dormant" && clv.predicted > 50`, order, false},
		{`tier.direction in ["up", "down"]`, dormant, false},
		{`clv.current == 290.0 && clv.delta == 24.99 && orders == 3`, order, true},
		{`tier.distance <= 25.0 && !tier.approaching`, dormant, true},
		{`as_of < timestamp("2024-03-02T00:00:00Z") && as_of.getHours("Europe/Berlin") == 13`, order, true},
		{`stage.best_moment < as_of && as_of - stage.since == duration("0s")`, dormant, true},
		{`cause.type == "time.passed" && cause.event_id.startsWith("due:c-42@")`, dormant, true},
		{`customer_id.matches("^c-[0-9]+$")`, order, true},
		{`acquisition.channel in ["search", "social"] && acquisition.clv_to_cac < 3`, dormant, true},

		// What is not there is null: equal to nothing else, and neither less nor more.
		{`stage == null && stage.current == null && !has(stage.current)`, order, true},
		{`stage != null && has(stage.current)`, dormant, true},
		{`tier.current != "gold"`, order, true},
		{`acquisition.clv_to_cac < 3`, order, false},
		{`!(acquisition.clv_to_cac < 3)`, order, false},
		{`acquisition.clv_to_cac < 3 || orders == 3`, order, true},
		{`orders == 3 || acquisition.clv_to_cac < 3`, order, true},
		{`tier.approaching`, order, false},
		{`!tier.approaching`, order, false},
		{`stage.since < as_of`, order, false},
		{`acquisition.channel.startsWith("s")`, order, false},
		{`acquisition.channel.matches("s.*")`, order, false},
		{`clv.residual == null && !has(clv.residual)`, order, true},
		{`has(cause.order_id)`, order, true},
		{`has(cause.order_id)`, dormant, false},
		{`next_order_days == null`, order, false},
		{`true`, order, true},
	} {
		if got, failed := admits(t, test.filter, test.of); got != test.want || failed {
			t.Errorf("%s: %t of a change by %s, failed: %t", test.filter, got, test.of.Reason, failed)
		}
	}
}

func TestAFilterThatFailsLetsNothingThrough(t *testing.T) {
	for _, filter := range []string{`10 / (orders - 3) > 1`, `int(customer_id) > 7`, `version + 9223372036854775807 > 0`} {
		if got, failed := admits(t, filter, changetest.Sample()); got || !failed {
			t.Errorf("%s: %t, failed: %t", filter, got, failed)
		}
	}
}

func TestAFilterIsRefused(t *testing.T) {
	const field = "stage.current == "
	for _, test := range []struct {
		filter string
		want   []string
	}{
		{``, []string{"line 1, column 1:"}},
		{`clv.predicted >`, []string{"line 1, column 16:"}},
		{`clv.predcited > 50`, []string{"line 1, column 4:", "'predcited'", "clv has current, delta, historic, predicted, previous, residual"}},
		{"orders > 1 &&\n  stge.current == 'x'", []string{"line 2, column 3:", "'stge'", "there are acquisition, age_days,"}},
		{`orders == "3"`, []string{"line 1, column 8:", "(int, string)", "one type"}},
		{`clv.current == "290.00"`, []string{"line 1, column 13:", "(double, string)"}},
		{`clv == stage`, []string{"line 1, column 5:"}},
		{`has(orders)`, []string{"line 1, column 5:", "has takes a field"}},
		{`clv.predicted`, []string{"line 1, column 1:", "yields double", "true or false"}},
		{field + `"dormnat"`, []string{"line 1, column 18:", "none, active, cooling, dormant, lost, won_back"}},
		{`"dormnat" != stage.current`, []string{"line 1, column 1:"}},
		{`reason in ["purchase", "bought"]`, []string{"line 1, column 24:", `"bought"`}},
		{`dyn(orders) == "3"`, []string{"'dyn'"}},
		{`customer_id.matches("(")`, []string{"line 1, column 21:"}},
		{`as_of < timestamp("yesterday")`, []string{"line 1, column 19:"}},
		{`as_of - stage.since > duration("a week")`, []string{"line 1, column 32:"}},
		{`[1, "a"] == [1]`, []string{"line 1, column 5:"}},
		{`clv{current: 1.0}.current > 0.0`, []string{"'clv'"}},
		{`orders == 1 || orders == "a" || revenue == "b"`, []string{"line 1, column 23:", "line 1, column 41:"}},
		{`[1,2,3,4].all(a, [1,2,3,4].all(b, [1,2,3,4].all(c, customer_id.matches("(a*)*b"))))`, []string{"may cost", "1000 are allowed"}},
		{strings.Repeat("(", 5000), []string{"line"}},
		{strings.Repeat("!", 5000) + "true", []string{"size"}},
	} {
		err := Check([]Audience{{Name: "loyalty", Filter: "true"}, {Name: "winback", Filter: test.filter}})
		if err == nil {
			t.Errorf("%.100s is accepted", test.filter)
			continue
		}
		for _, want := range append(test.want, "winback: ") {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%.100s: the error lacks %q: %.600v", test.filter, want, err)
			}
		}
		if strings.Contains(err.Error(), "loyalty") {
			t.Errorf("%.100s: the error names another audience: %v", test.filter, err)
		}
	}
}

// Lanes ask at once; the race detector looks on.
func TestLanesShareAFilter(t *testing.T) {
	a := compiled(t, `acquisition.channel.matches("s.*") || stage.silence_days > 30 || -tier.distance < 1.0`)
	var lanes sync.WaitGroup
	for range 8 {
		lanes.Go(func() {
			vars := NewVariables(currencyOf(t, "USD"))
			for i := range 200 {
				c, want := changetest.Sample(), i%2 == 0
				if want {
					c = changetest.Dormant()
				}
				if got, failed := a.Admits(vars.Of(c)); got != want || failed {
					t.Errorf("%t, want %t, failed: %t", got, want, failed)
				}
			}
		})
	}
	lanes.Wait()
}

func BenchmarkAudience(b *testing.B) {
	for _, bench := range []struct {
		name, filter string
		of           *clv.Change
	}{
		{"loyalty", `tier.direction in ["up", "down"]`, changetest.Dormant()},
		{"winback", `stage.current == "dormant" && clv.predicted > 50`, changetest.Dormant()},
		{"winback of an order", `stage.current == "dormant" && clv.predicted > 50`, changetest.Sample()},
		{"null", `acquisition.clv_to_cac < 3`, changetest.Sample()},
		{"ten fields", `status == "active" && orders > 2 && revenue > 1 && p_alive > 0.5 && clv.current > 100 && clv.delta > 1 && ` +
			`cause.type == "order.placed" && as_of > timestamp("2024-01-01T00:00:00Z") && tier == null && stage == null`, changetest.Sample()},
		{"as costly as allowed", `[1,2,3,4,5].all(a, !customer_id.matches("(c|d)+[-x]*(4|5)+zz"))`, longChange()},
	} {
		b.Run(bench.name, func(b *testing.B) {
			a := compiled(b, bench.filter)
			vars := NewVariables(currencyOf(b, "USD"))
			b.ReportAllocs()
			for b.Loop() {
				a.Admits(vars.Of(bench.of))
			}
		})
	}
}

func longChange() *clv.Change {
	c := changetest.Sample()
	c.CustomerID = strings.Repeat("c", longestText)
	return c
}

func ExampleCheck() {
	fmt.Println(Check([]Audience{{Name: "winback", Filter: `stage.current == "dormant" && clv.predcited > 50`}}))
	// Output:
	// compile the filter of audience winback: line 1, column 34: undefined field 'predcited'; clv has current, delta, historic, predicted, previous, residual
}
