package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
)

// whatIfView is a customer with and without some events.
type whatIfView struct {
	CustomerID string       `json:"customer_id"`
	Currency   string       `json:"currency"`
	Events     []triedView  `json:"events"`
	Now        sideView     `json:"now"`
	Without    sideView     `json:"without"`
	With       sideView     `json:"with"`
	Changes    []changeView `json:"changes"` // that would be announced, ascending
}

// triedView is an event and what the live path would say to it.
type triedView struct {
	happeningView
	Refused *refusalView `json:"refused"` // null: it is accepted
}

type refusalView struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// sideView is the customer on one side of the comparison.
type sideView struct {
	AsOf           string   `json:"as_of"`
	Status         string   `json:"status"`
	CLV            string   `json:"clv"`
	Historic       string   `json:"historic"`
	Predicted      string   `json:"predicted"`
	Residual       string   `json:"residual,omitempty"`
	PAlive         float64  `json:"p_alive"`
	ExpectedOrders float64  `json:"expected_orders"`
	ExpectedSpend  string   `json:"expected_spend"`
	NextOrderDays  *float64 `json:"next_order_days"`
	Orders         int      `json:"orders"`
	standingView
}

// changeView is a change that would be announced.
type changeView struct {
	Version   uint64   `json:"version"`
	Reason    string   `json:"reason"`
	Cause     string   `json:"cause"` // type of the event, or time.passed
	AsOf      string   `json:"as_of"`
	Previous  string   `json:"previous"`
	Current   string   `json:"current"`
	Historic  string   `json:"historic"`
	Predicted string   `json:"predicted"`
	PAlive    float64  `json:"p_alive"`
	Stage     string   `json:"stage"`
	Tier      *string  `json:"tier"`
	Brings    []string `json:"brings"`
}

func (s *stored) sideOf(r *clv.Reading) sideView {
	v := s.viewOf(r)
	return sideView{
		AsOf: v.AsOf, Status: v.Status, CLV: v.CLV, Historic: v.Historic, Predicted: v.Predicted, Residual: v.Residual,
		PAlive: v.PAlive, ExpectedOrders: v.ExpectedOrders, ExpectedSpend: v.ExpectedSpend, NextOrderDays: v.NextOrderDays,
		Orders: v.Orders, standingView: v.standingView,
	}
}

func (s *stored) triedOf(e *history.Event, refused *history.Refusal, after *clv.Customer) triedView {
	h := history.Occurrence{AtMicros: e.AtMicros, Kind: e.Kind, OrderID: e.OrderID, RefundID: e.RefundID, AmountMinor: e.AmountMinor}
	v := triedView{happeningView: s.happeningOf(&h)}
	v.Stands, v.Margin = nil, "" // what becomes of it is on the side that has it
	if refused != nil {
		v.Refused = &refusalView{Reason: refused.Reason.String(), Detail: refused.Detail}
		return v
	}
	for _, known := range after.History.Ledger(&s.valuation.Rules) {
		v.Waiting = v.Waiting || known.Waiting && known.Kind == e.Kind && known.OrderID == e.OrderID
	}
	return v
}

func (s *stored) changeOf(c *clv.Change) changeView {
	return changeView{
		Version: c.Version, Reason: c.Reason.String(), Cause: c.Cause.Kind.String(), AsOf: instant(c.Current.AsOfMicros),
		Previous: s.money(c.PreviousMinor), Current: s.money(c.Current.CLVMinor),
		Historic: s.money(c.Current.HistoricMinor), Predicted: s.money(c.Current.PredictedMinor), PAlive: c.Current.PAlive,
		Stage: c.Standing.Stage.String(), Tier: textOrNull(c.Tier.Now),
		Brings: s.brings(&c.Was, &c.Standing, c.Reason),
	}
}

func (v *whatIfView) print(out io.Writer) error {
	fmt.Fprintf(out, "customer %s, amounts in %s\n", v.CustomerID, v.Currency)
	for i := range v.Events {
		fmt.Fprintln(out, v.Events[i].words())
	}
	header, sides := v.sides()
	rows := [][]string{}
	for _, line := range sideLines {
		row := []string{line.name}
		for _, side := range sides {
			row = append(row, line.of(side))
		}
		if strings.Join(row[1:], "") != "" {
			rows = append(rows, row)
		}
	}
	fmt.Fprintln(out)
	if err := table(out, append([]string{""}, header...), rows); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return v.printChanges(out)
}

// sides are the columns worth showing: without events there is nothing to be
// without, and without time gone by now is as good.
func (v *whatIfView) sides() (header []string, sides []*sideView) {
	switch {
	case len(v.Events) == 0:
		return []string{"NOW", "THEN"}, []*sideView{&v.Now, &v.With}
	case v.Now.AsOf == v.Without.AsOf:
		return []string{"WITHOUT", "WITH"}, []*sideView{&v.Without, &v.With}
	default:
		return []string{"NOW", "WITHOUT", "WITH"}, []*sideView{&v.Now, &v.Without, &v.With}
	}
}

// sideLines are the lines of the comparison.
var sideLines = []struct {
	name string
	of   func(*sideView) string
}{
	{"as of", func(v *sideView) string { return v.AsOf }},
	{"status", func(v *sideView) string { return v.Status }},
	{"CLV", func(v *sideView) string { return v.CLV }},
	{"  historic", func(v *sideView) string { return v.Historic }},
	{"  predicted", func(v *sideView) string { return v.Predicted }},
	{"  residual", func(v *sideView) string { return v.Residual }},
	{"P(alive)", func(v *sideView) string { return float(v.PAlive) }},
	{"expected orders", func(v *sideView) string { return float(v.ExpectedOrders) }},
	{"orders", func(v *sideView) string { return strconv.Itoa(v.Orders) }},
	{"stage", func(v *sideView) string {
		if v.Stage == nil {
			return ""
		}
		return v.Stage.Current
	}},
	{"  silence", func(v *sideView) string {
		if v.Stage == nil {
			return ""
		}
		return fmt.Sprintf("%d days (quantile %s)", v.Stage.SilenceDays, float(v.Stage.SilenceQuantile))
	}},
	{"tier", func(v *sideView) string {
		if v.Tier == nil {
			return ""
		}
		return orElse(v.Tier.Current, "none")
	}},
	{"  to the next", func(v *sideView) string {
		if v.Tier == nil || v.Tier.Next == nil {
			return ""
		}
		return *v.Tier.Distance + " to " + *v.Tier.Next
	}},
	{"CLV:CAC", func(v *sideView) string {
		if v.Acquisition == nil || v.Acquisition.CLVToCAC == nil {
			return ""
		}
		return float(*v.Acquisition.CLVToCAC)
	}},
	{"next", func(v *sideView) string {
		if v.Next == nil {
			return "nothing"
		}
		return v.Next.At
	}},
	{"  brings", func(v *sideView) string {
		if v.Next == nil {
			return ""
		}
		return strings.Join(v.Next.Brings, ", ")
	}},
}

func (v *whatIfView) printChanges(out io.Writer) error {
	if len(v.Changes) == 0 {
		fmt.Fprintln(out, "no change would be announced")
		return nil
	}
	fmt.Fprintln(out, "would be announced:")
	rows := make([][]string, len(v.Changes))
	for i := range v.Changes {
		c := &v.Changes[i]
		rows[i] = []string{strconv.FormatUint(c.Version, 10), c.AsOf, c.Reason, c.Previous + " -> " + c.Current, strings.Join(c.Brings, ", ")}
	}
	return table(out, []string{"VERSION", "AS OF", "REASON", "CLV", ""}, rows)
}

// words are the event and the answer to it.
func (v *triedView) words() string {
	text := v.At + " " + v.happeningView.words()
	if v.Refused != nil {
		return text + ": refused as " + v.Refused.Reason + " (" + v.Refused.Detail + ")"
	}
	return text
}
