package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/terminal"
)

func newHistory() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "history CUSTOMER",
		Short: "Show what a customer did and how their value and standing moved with it",
		Long: `Reads the customer from Redis and shows the ledger (orders, refunds, cancels; what
is sealed as sums), churn, what it cost to win the customer, and the path of the
value: after each of those, and at each instant at which time alone changed the
stage, the tier, a watched level of P(alive) or CLV:CAC.

The path is computed anew by the model in force, in the order of time; a value that
was announced under another model, or before a late event was known, may differ.
It begins where the ledger does. Of an order its last version is known, of a cancel
its day, of churn and cost the last word.

On a terminal a bar shows the CLV of each row.`,
		Example: `  clvstream history c42 --redis 127.0.0.1:6379
  clvstream history c42 --until 2027-06-30 --json`,
		Args: oneArgument("the customer's id"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	asJSON := jsonFlag(cmd)
	until := timeFlag(cmd, "until", "follow the path to this `TIME`, "+timeHelp)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := readCustomer(cmd, args[0])
		if err != nil {
			return err
		}
		untilMicros, err := s.instantOf(*until)
		if err == nil && untilMicros < s.History.LatestMicros {
			err = fmt.Errorf("%q is before the customer's latest event at %s: ask `clvstream get --at` for one instant", *until, instant(s.History.LatestMicros))
		}
		if err != nil {
			return cli.Usage(fmt.Errorf("--until %w", err))
		}
		view, err := s.history(untilMicros)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), view)
		}
		return view.print(cmd.OutOrStdout(), terminal.Is(cmd.OutOrStdout()))
	}
	return cmd
}

// historyView is a customer's past as `history` shows it. Money is decimal
// strings in major units.
type historyView struct {
	CustomerID string          `json:"customer_id"`
	Currency   string          `json:"currency"`
	Model      modelRef        `json:"model"`
	Sealed     *sealedView     `json:"sealed"` // null: nothing is
	Ledger     []happeningView `json:"ledger"`
	Entries    []entryView     `json:"stage_entries"` // of stages that were left again
	Path       []momentView    `json:"path"`
	Until      momentView      `json:"until"`
}

type sealedView struct {
	Orders       int    `json:"orders"`
	PurchaseDays int    `json:"purchase_days"`
	FirstDay     string `json:"first_day,omitempty"`
	LastDay      string `json:"last_day,omitempty"`
	Net          string `json:"net"`
	Margin       string `json:"margin"`
	LateRefunds  string `json:"late_refunds"`
	EarlyTo      string `json:"early_to,omitempty"` // sealed by the ledger limit, up to this day
}

type happeningView struct {
	At          string   `json:"at"`
	Type        string   `json:"type"`
	OrderID     string   `json:"order_id,omitempty"`
	RefundID    string   `json:"refund_id,omitempty"`
	Amount      string   `json:"amount,omitempty"`
	Margin      string   `json:"margin,omitempty"`
	Stands      *bool    `json:"stands,omitempty"`  // of an order
	Waiting     bool     `json:"waiting,omitempty"` // the order is not known
	Probability *float64 `json:"probability,omitempty"`
	Channel     string   `json:"channel,omitempty"`

	atMicros int64
}

type entryView struct {
	Month string `json:"month"`
	Stage string `json:"stage"`
	Count int    `json:"count"`
}

// momentView is a point of the path: what happened and what that made of the
// customer.
type momentView struct {
	happeningView
	Reason         string   `json:"reason,omitempty"`
	Brings         []string `json:"brings,omitempty"`
	CLV            string   `json:"clv"`
	Historic       string   `json:"historic"`
	Predicted      string   `json:"predicted"`
	PAlive         float64  `json:"p_alive"`
	ExpectedOrders float64  `json:"expected_orders"`
	Stage          string   `json:"stage"`
	Tier           *string  `json:"tier"`

	clvMinor float64
}

func (s *stored) history(untilMicros int64) (historyView, error) {
	view := historyView{
		CustomerID: s.id, Currency: s.cfg.Business.Currency.String(),
		Model:  modelRef{s.valuation.Model.Name(), s.valuation.Model.Version()},
		Sealed: s.sealedView(), Ledger: []happeningView{}, Entries: []entryView{}, Path: []momentView{},
	}
	for _, h := range s.History.Ledger(&s.valuation.Rules) {
		view.Ledger = append(view.Ledger, s.happeningOf(&h))
	}
	for _, e := range s.Entries {
		view.Entries = append(view.Entries, entryView{e.Month.String(), e.Stage.String(), e.Count})
	}
	var was standing.Standing
	for _, m := range s.Timeline(s.id, untilMicros, &s.valuation) {
		view.Path = append(view.Path, s.momentOf(&m, &was))
		was = m.Standing
	}
	reading, err := s.at(untilMicros)
	if err != nil {
		return historyView{}, err
	}
	view.Until = s.momentOf(untilOf(&reading), &was)
	return view, nil
}

// untilOf is the end of a path, at which nothing happens.
func untilOf(r *clv.Reading) *clv.Moment {
	e := &r.Estimate
	return &clv.Moment{
		Occurrence: history.Occurrence{AtMicros: e.AsOfMicros, Kind: history.TimePassed}, Standing: r.Standing,
		Value: estimate.Valued{
			CLVMinor: e.CLVMinor, HistoricMinor: e.HistoricMinor, PredictedMinor: e.PredictedMinor,
			PAlive: e.PAlive, ExpectedOrders: e.ExpectedOrders,
		},
	}
}

func (s *stored) sealedView() *sealedView {
	sealed := &s.History.Sealed
	if sealed.Days == 0 && len(sealed.OrderHashes) == 0 {
		return nil
	}
	v := &sealedView{
		Orders: sealed.Orders, PurchaseDays: sealed.Days,
		Net: s.money(float64(sealed.AmountMinor)), Margin: s.money(float64(sealed.MarginMinor)),
		LateRefunds: s.money(float64(sealed.LateRefundMinor)),
	}
	if sealed.Days > 0 {
		v.FirstDay, v.LastDay = sealed.FirstDay.String(), sealed.LastDay.String()
	}
	if sealed.Early {
		v.EarlyTo = sealed.EarlyDay.String()
	}
	return v
}

func (s *stored) happeningOf(h *history.Occurrence) happeningView {
	v := happeningView{
		At: instant(h.AtMicros), Type: typeOf(h.Kind), OrderID: h.OrderID, RefundID: h.RefundID,
		Waiting: h.Waiting, Channel: h.Channel, atMicros: h.AtMicros,
	}
	switch h.Kind {
	case history.OrderPlaced:
		stands := h.Fate == history.OrderStands
		v.Stands, v.Margin = &stands, s.money(float64(h.MarginMinor))
		v.Amount = s.money(float64(h.AmountMinor))
	case history.OrderRefunded, history.CustomerAcquired:
		v.Amount = s.money(float64(h.AmountMinor))
	case history.ChurnPredicted:
		v.Probability = &h.Probability
	}
	return v
}

// sealedType is what a path begins with where older orders are sealed.
const sealedType = "sealed"

func typeOf(kind history.Kind) string {
	if kind == 0 {
		return sealedType
	}
	return kind.String()
}

func (s *stored) momentOf(m *clv.Moment, was *standing.Standing) momentView {
	v := momentView{
		happeningView: s.happeningOf(&m.Occurrence),
		CLV:           s.money(m.Value.CLVMinor), Historic: s.money(m.Value.HistoricMinor), Predicted: s.money(m.Value.PredictedMinor),
		PAlive: m.Value.PAlive, ExpectedOrders: m.Value.ExpectedOrders,
		Stage: m.Standing.Stage.String(), clvMinor: m.Value.CLVMinor,
	}
	if m.Reason != 0 {
		v.Reason, v.Brings = m.Reason.String(), s.brings(was, &m.Standing, m.Reason)
	}
	if m.Standing.Tier > 0 {
		v.Tier = textOrNull(s.tierName(m.Standing.Tier))
	}
	return v
}

// barCells is the width of the longest bar: with it a row fits 140 columns.
const barCells = 20

func (v *historyView) print(out io.Writer, bars bool) error {
	fmt.Fprintf(out, "customer %s, by model %s %s, amounts in %s\n", v.CustomerID, v.Model.Name, v.Model.Version, v.Currency)
	if v.Sealed != nil {
		fmt.Fprintln(out, v.Sealed.words())
	}
	for _, e := range v.Entries {
		fmt.Fprintf(out, "%s %s in %s\n", e.Stage, times(e.Count), e.Month)
	}
	fmt.Fprintln(out)
	moments := append(v.untold(), v.Path...)
	now := v.Until
	now.Type = "as of"
	moments = append(moments, now)
	var most float64
	for i := range moments {
		most = max(most, moments[i].clvMinor)
	}
	header := []string{"TIME", "WHAT", "CLV", "HISTORIC", "PREDICTED", "P(ALIVE)", "STAGE", "TIER"}
	if bars {
		header = append(header, "")
	}
	rows := make([][]string, len(moments))
	for i := range moments {
		rows[i] = moments[i].row()
		if bars {
			rows[i] = append(rows[i], bar(moments[i].clvMinor/most, barCells))
		}
	}
	return table(out, header, rows)
}

// untold is the beginning of the ledger of which the path does not tell.
func (v *historyView) untold() []momentView {
	var untold []momentView
	for _, h := range v.Ledger {
		if len(v.Path) > 0 && h.atMicros < v.Path[0].atMicros {
			untold = append(untold, momentView{happeningView: h})
		}
	}
	return untold
}

func (v *sealedView) words() string {
	text := fmt.Sprintf("sealed: %d orders on %d days", v.Orders, v.PurchaseDays)
	if v.PurchaseDays > 0 {
		text += fmt.Sprintf(" from %s to %s, net %s, margin %s", v.FirstDay, v.LastDay, v.Net, v.Margin)
	}
	return text + ", refunded later " + v.LateRefunds
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func (m *momentView) row() []string {
	if m.CLV == "" {
		return []string{m.At, m.words(), "", "", "", "", "", ""}
	}
	return []string{m.At, m.words(), m.CLV, m.Historic, m.Predicted, float(m.PAlive), m.Stage, orElse(m.Tier, "-")}
}
