package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
)

func newGet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get CUSTOMER",
		Short: "Show what a customer is worth now, and what was last announced",
		Long: `Reads the customer from Redis and values them as of now, with the configured
model. What was announced is the value as of the customer's last event.`,
		Example: "  clvstream get c42 --redis 127.0.0.1:6379",
		Args:    oneArgument("the customer's id"),
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, _, err := load(cmd)
		if err != nil {
			return err
		}
		valuation, err := assembly.Valuation(cfg)
		if err != nil {
			return cli.Usage(err)
		}
		s, err := reach(cmd.Context(), cfg, needState)
		if err != nil {
			return err
		}
		defer s.close()
		customer, err := s.store.Customer(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if customer == nil {
			return fmt.Errorf("customer %q is not known in namespace %s", args[0], cfg.Namespace)
		}
		view := viewOf(args[0], customer, &valuation, cfg.Business.Currency, time.Now())
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
	CustomerID     string   `json:"customer_id"`
	Status         string   `json:"status"`
	AsOf           string   `json:"as_of"`
	Currency       string   `json:"currency"`
	CLV            string   `json:"clv"`
	Historic       string   `json:"historic"`
	Predicted      string   `json:"predicted"`
	PAlive         float64  `json:"p_alive"`
	ExpectedOrders float64  `json:"expected_orders"`
	Orders         int      `json:"orders"`
	PurchaseDays   int      `json:"purchase_days"`
	RecencyDays    int      `json:"recency_days"`
	AgeDays        int      `json:"age_days"`
	Revenue        string   `json:"revenue"`
	Model          modelRef `json:"model"`
	Announced      announce `json:"announced"`
	LedgerEntries  int      `json:"ledger_entries"`
	SealedDays     int      `json:"sealed_days"`
	SealedEarlyTo  string   `json:"sealed_early_to,omitempty"`
}

type modelRef struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type announce struct {
	Version uint64 `json:"version"`
	CLV     string `json:"clv"`
	AsOf    string `json:"as_of"`
}

func viewOf(id string, c *clv.Customer, v *clv.Valuation, currency clv.Currency, now time.Time) customerView {
	nowMicros := max(now.UnixMicro(), c.History.LatestMicros)
	e := clv.Value(&c.History, &v.Rules, v.Model, nowMicros)
	money := func(minor float64) string { return string(clv.AppendMajor(nil, minor, currency.Exponent())) }
	view := customerView{
		CustomerID: id, Status: e.Status.String(), AsOf: instant(nowMicros), Currency: currency.String(),
		CLV: money(e.CLVMinor), Historic: money(e.HistoricMinor), Predicted: money(e.PredictedMinor),
		PAlive: e.PAlive, ExpectedOrders: e.ExpectedOrders,
		Orders: e.Facts.Orders, PurchaseDays: e.Facts.PurchaseDays, RecencyDays: e.Facts.RecencyDays, AgeDays: e.Facts.AgeDays,
		Revenue:       money(float64(e.Facts.RevenueMinor)),
		Model:         modelRef{v.Model.Name(), v.Model.Version()},
		Announced:     announce{Version: c.Version, CLV: money(c.AnnouncedMinor), AsOf: instant(c.Value.AsOfMicros)},
		LedgerEntries: len(c.History.Orders), SealedDays: c.History.Sealed.Days,
	}
	if c.History.Sealed.Early {
		view.SealedEarlyTo = c.History.Sealed.EarlyDay.String()
	}
	return view
}

func instant(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339Nano) }

func (v *customerView) print(cmd *cobra.Command) error {
	float := func(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }
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
	return table(cmd.OutOrStdout(), []string{"", ""}, rows)
}
