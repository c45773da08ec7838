package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/internal/cli"
)

func newGet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get CUSTOMER",
		Short: "Show what a customer is worth, where they stand and what comes next, now or as of another time",
		Long: `Reads the customer from Redis and values them as of now, or of --at, by the model
in force. What was announced is shown beside it. Nothing is written.

After the customer's latest event, what comes due until the instant is fired
virtually, as the publisher would fire it: this also answers for a time to come.

Before it, the customer is rebuilt from the ledger, which holds the orders of the
last two latenesses (business.lateness_days) one by one. Older ones are sealed into
sums, which can not be taken apart: an instant before the last sealed order is
refused. What is not known of an instant is said: an order's versions but the last,
the time of day of a cancel, words on churn and cost but the last.

TIME is ` + timeHelp + `.`,
		Example: `  clvstream get c42 --redis 127.0.0.1:6379
  clvstream get c42 --at 2026-12-24 --json
  clvstream get c42 --at 2026-03-14T09:26:53Z`,
		Args: oneArgument("the customer's id"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	asJSON := jsonFlag(cmd)
	at := timeFlag(cmd, "at", "show the customer as of this `TIME`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := readCustomer(cmd, args[0])
		if err != nil {
			return err
		}
		atMicros, err := s.instantOf(*at)
		if err != nil {
			return cli.Usage(fmt.Errorf("--at %w", err))
		}
		reading, err := s.at(atMicros)
		if err != nil {
			return err
		}
		view := s.viewOf(&reading)
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), view)
		}
		return view.print(cmd)
	}
	return cmd
}

// customerView is a customer as `get` shows them. Money is decimal strings in
// major units.
type customerView struct {
	CustomerID     string       `json:"customer_id"`
	Status         string       `json:"status"`
	AsOf           string       `json:"as_of"`
	Currency       string       `json:"currency"`
	CLV            string       `json:"clv"`
	Historic       string       `json:"historic"`
	Predicted      string       `json:"predicted"`
	PAlive         float64      `json:"p_alive"`
	ExpectedOrders float64      `json:"expected_orders"`
	Orders         int          `json:"orders"`
	PurchaseDays   int          `json:"purchase_days"`
	RecencyDays    int          `json:"recency_days"`
	AgeDays        int          `json:"age_days"`
	Revenue        string       `json:"revenue"`
	Model          modelRef     `json:"model"`
	Announced      announcement `json:"announced"`
	LedgerEntries  int          `json:"ledger_entries"`
	SealedDays     int          `json:"sealed_days"`
	SealedEarlyTo  string       `json:"sealed_early_to,omitempty"`

	Residual      string   `json:"residual,omitempty"` // predicted, over the infinite horizon
	ExpectedSpend string   `json:"expected_spend"`
	NextOrderDays *float64 `json:"next_order_days"`
	standingView
}

type modelRef struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type announcement struct {
	Version uint64 `json:"version"`
	CLV     string `json:"clv"`
	AsOf    string `json:"as_of"`
}

// viewOf shows a reading of the customer.
func (s *stored) viewOf(r *clv.Reading) customerView {
	e, model := &r.Estimate, s.valuation.Model
	view := customerView{
		CustomerID: s.id, Status: e.Status.String(), AsOf: instant(e.AsOfMicros), Currency: s.cfg.Business.Currency.String(),
		CLV: s.money(e.CLVMinor), Historic: s.money(e.HistoricMinor), Predicted: s.money(e.PredictedMinor),
		PAlive: e.PAlive, ExpectedOrders: e.ExpectedOrders,
		Orders: e.Facts.Orders, PurchaseDays: e.Facts.PurchaseDays, RecencyDays: e.Facts.RecencyDays, AgeDays: e.Facts.AgeDays,
		Revenue:       s.money(float64(e.Facts.RevenueMinor)),
		Model:         modelRef{model.Name(), model.Version()},
		Announced:     announcement{Version: s.Version, CLV: s.money(s.AnnouncedMinor), AsOf: instant(s.Value.AsOfMicros)},
		LedgerEntries: len(s.History.Orders), SealedDays: s.History.Sealed.Days,
		ExpectedSpend: s.money(e.SpendMinor),
		standingView:  s.standingOf(r),
	}
	if s.History.Sealed.Early {
		view.SealedEarlyTo = s.History.Sealed.EarlyDay.String()
	}
	if e.ResidualKnown {
		view.Residual = s.money(e.ResidualMinor)
	}
	if e.NextOrderDays > 0 {
		view.NextOrderDays = &e.NextOrderDays
	}
	return view
}

func instant(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339Nano) }

func (v *customerView) print(cmd *cobra.Command) error {
	rows := [][]string{
		{"customer", v.CustomerID + " (" + v.Status + ")"},
		{"as of", v.AsOf},
		{"CLV", v.CLV + " " + v.Currency},
		{"  historic", v.Historic},
		{"  predicted", v.Predicted},
		{"P(alive)", float(v.PAlive)},
		{"expected orders", float(v.ExpectedOrders)},
		{"orders", fmt.Sprintf("%d on %d days, revenue %s", v.Orders, v.PurchaseDays, v.Revenue)},
		{"days", fmt.Sprintf("%d from first to last order, %d since the first", v.RecencyDays, v.AgeDays)},
		{"model", v.Model.Name + " " + v.Model.Version},
		{"announced", fmt.Sprintf("version %d: CLV %s as of %s", v.Announced.Version, v.Announced.CLV, v.Announced.AsOf)},
	}
	return table(cmd.OutOrStdout(), []string{"", ""}, append(rows, v.words()...))
}
