package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/explain"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/modelfile"
)

func newExplain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain [CUSTOMER]",
		Short: "Show each step from a customer's orders to their value",
		Long: `Explains a value: what counts as a purchase, how likely the customer is still
there, how many orders to expect, what an order brings, what waiting costs, and
the margin; each with its formula and the numbers put in.

With a CUSTOMER it reads the customer from Redis. As of the last event (the
default) the value is the one in Redis and in the last change, to the last bit.

Without one it takes the customer by hand: --x repeat purchase days, --t_x and
--T in the time unit of the model file (days for a model without a file), and
--m, the mean amount of the repeat days.

The model is that of --model, else the one in force.`,
		Example: `  clvstream explain c42 --redis 127.0.0.1:6379
  clvstream explain c42 --as-of now --json
  clvstream explain --x 2 --t_x 30.43 --T 38.86 --m 22.35 --model mbgnbd.yaml
  clvstream explain --x 6 --t_x 300 --T 365 --m 60 --set model.name=margin_churn --set model.monthly_churn=0.06`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return cli.Usage(fmt.Errorf("%s wants one customer's id, or none and --x, --t_x, --T, --m", cmd.CommandPath()))
			}
			return nil
		},
	}
	x := explaining{asJSON: jsonFlag(cmd), byHand: addByHandFlags(cmd)}
	cmd.Flags().StringVar(&x.model, "model", "", "explain with this model `file`")
	cmd.Flags().StringVar(&x.asOf, "as-of", "last-event", "a customer's value as of this `instant`: last-event, now, or a time such as 2026-01-31T12:00:00Z")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return x.run(cmd, args) }
	return cmd
}

// explaining is one explanation asked for.
type explaining struct {
	asJSON      *bool
	byHand      *byHandFlags
	model, asOf string
}

func (x *explaining) run(cmd *cobra.Command, args []string) error {
	cfg, _, err := load(cmd)
	if err != nil {
		return err
	}
	if given := x.byHand.given(cmd); len(args) == 1 && len(given) > 0 {
		return cli.Usage(fmt.Errorf("%s describe a customer by hand: leave them out for customer %q, or leave the customer out", strings.Join(given, ", "), args[0]))
	}
	if len(args) == 1 {
		return x.live(cmd, cfg, args[0])
	}
	model, err := x.load(cfg)
	if err != nil {
		return err
	}
	customer, err := x.byHand.customer(cmd, cfg, &model)
	if err != nil {
		return cli.Usage(err)
	}
	told, err := customer.Explain(model)
	if err != nil {
		return cli.Usage(err)
	}
	if *x.asJSON {
		return printJSON(cmd.OutOrStdout(), told.View())
	}
	return writeExplanation(cmd.OutOrStdout(), "by hand", &told)
}

// load makes the model of --model, in its own currency, or the configured one.
func (x *explaining) load(cfg config.Config) (explain.Model, error) {
	if x.model == "" {
		model, err := inforce.Resolver{Config: cfg}.Configured()
		if err != nil {
			return explain.Model{}, cli.Usage(err)
		}
		return explain.Of(model.Built)
	}
	file, err := modelfile.Load(x.model)
	if err != nil {
		return explain.Model{}, cli.Usage(err)
	}
	built, err := file.Build()
	if err != nil {
		return explain.Model{}, cli.Usage(err)
	}
	return explain.Of(built)
}

// live explains a customer of a deployment.
func (x *explaining) live(cmd *cobra.Command, cfg config.Config, id string) error {
	models := inforce.Resolver{Config: cfg, File: x.model}
	valuation, err := models.Valuation()
	if err != nil {
		return cli.Usage(err)
	}
	s, err := connect(cmd.Context(), cfg, needState)
	if err != nil {
		return err
	}
	defer s.close()
	inForce, err := models.ModelInForce(cmd.Context(), s.store)
	if err != nil {
		return err
	}
	model, err := explain.Of(inForce.Built)
	if err != nil {
		return err
	}
	customer, err := s.store.Customer(cmd.Context(), id)
	if err != nil {
		return err
	}
	if customer == nil {
		return fmt.Errorf("customer %q is not known in namespace %s", id, cfg.Namespace)
	}
	asOfMicros, err := x.instant(customer.History.LatestMicros)
	if err != nil {
		return cli.Usage(err)
	}
	told, err := explain.Customer(&customer.History, &valuation.Rules, model, asOfMicros)
	if err != nil {
		return err
	}
	view := liveView{View: told.View(), Stored: storedViewOf(customer, &told)}
	view.CustomerID = id
	if *x.asJSON {
		return printJSON(cmd.OutOrStdout(), view)
	}
	if err := writeExplanation(cmd.OutOrStdout(), "customer "+id, &told); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "\n%s\n", view.Stored.words(model.Currency))
	return nil
}

// instant reads --as-of for a customer whose latest event is at latestMicros.
func (x *explaining) instant(latestMicros int64) (int64, error) {
	switch x.asOf {
	case "last-event":
		return latestMicros, nil
	case "now":
		return max(time.Now().UnixMicro(), latestMicros), nil
	}
	at, err := time.Parse(time.RFC3339, x.asOf)
	if err != nil {
		return 0, fmt.Errorf("--as-of %q: want last-event, now, or a time such as 2026-01-31T12:00:00Z", x.asOf)
	}
	if at.UnixMicro() < latestMicros {
		return 0, fmt.Errorf("--as-of %s is before the customer's latest event at %s: the past before that is not kept", x.asOf, instant(latestMicros))
	}
	return at.UnixMicro(), nil
}

// liveView is an explanation beside what Redis holds.
type liveView struct {
	explain.View
	Stored storedView `json:"stored"`
}

// storedView is the value of the customer's last event as Redis holds it.
type storedView struct {
	AsOf           string  `json:"as_of"`
	ModelVersion   string  `json:"model_version"`
	HistoricMinor  float64 `json:"historic_minor"`
	PredictedMinor float64 `json:"predicted_minor"`
	CLVMinor       float64 `json:"clv_minor"`
	PAlive         float64 `json:"p_alive"`
	ExpectedOrders float64 `json:"expected_orders"`
	Version        uint64  `json:"version"`         // changes announced
	AnnouncedMinor float64 `json:"announced_minor"` // CLV of the last one
	Same           bool    `json:"same"`            // as explained, bit for bit
}

func storedViewOf(c *clv.Customer, told *explain.Explanation) storedView {
	v, e := &c.Value, &told.Estimate
	return storedView{
		AsOf: instant(v.AsOfMicros), ModelVersion: v.ModelVersion,
		HistoricMinor: v.HistoricMinor, PredictedMinor: v.PredictedMinor, CLVMinor: v.CLVMinor,
		PAlive: v.PAlive, ExpectedOrders: v.ExpectedOrders,
		Version: c.Version, AnnouncedMinor: c.AnnouncedMinor,
		Same: v.ModelVersion == told.Model.Version() && v.AsOfMicros == e.AsOfMicros && v.Status == e.Status &&
			v.HistoricMinor == e.HistoricMinor && v.PredictedMinor == e.PredictedMinor && v.CLVMinor == e.CLVMinor &&
			v.PAlive == e.PAlive && v.ExpectedOrders == e.ExpectedOrders,
	}
}

// words compare the two for a person.
func (v *storedView) words(currency money.Currency) string {
	if v.Same {
		return "Redis holds the same value, to the last bit."
	}
	return fmt.Sprintf("Redis holds %s %s as of %s, by model version %s: values are computed anew at a customer's next event.",
		money.AppendMajor(nil, v.CLVMinor, currency.Exponent()), currency, v.AsOf, v.ModelVersion)
}

// writeExplanation writes a headline and the steps.
func writeExplanation(w io.Writer, who string, told *explain.Explanation) error {
	asOf := ""
	if told.Estimate.AsOfMicros != 0 {
		asOf = " as of " + instant(told.Estimate.AsOfMicros)
	}
	currency := told.Model.Currency
	fmt.Fprintf(w, "%s%s, by %s %s\nCLV %s %s\n", who, asOf, told.Model.Name(), told.Model.Version(),
		money.AppendMajor(nil, told.Estimate.CLVMinor, currency.Exponent()), currency)
	return told.WriteText(w)
}

// byHandFlags describe a customer as the literature does.
type byHandFlags struct {
	x                     int
	recency, age, m, paid float64
	unit                  string
}

// byHandNames are the flags of a customer by hand.
var byHandNames = []string{"x", "t_x", "T", "m", "first", "time-unit"}

func addByHandFlags(cmd *cobra.Command) *byHandFlags {
	f := &byHandFlags{}
	cmd.Flags().IntVar(&f.x, "x", 0, "by hand: repeat purchase days")
	cmd.Flags().Float64Var(&f.recency, "t_x", 0, "by hand: time from the first purchase day to the last")
	cmd.Flags().Float64Var(&f.age, "T", 0, "by hand: time from the first purchase day to now")
	cmd.Flags().Float64Var(&f.m, "m", 0, "by hand: mean amount of the repeat days, major units")
	cmd.Flags().Float64Var(&f.paid, "first", 0, "by hand: amount of the first day, major units (default: as --m)")
	cmd.Flags().StringVar(&f.unit, "time-unit", "", "by hand: what --t_x and --T count: day, week or month (default: the model file's)")
	return f
}

func (f *byHandFlags) given(cmd *cobra.Command) []string {
	var given []string
	for _, name := range byHandNames {
		if cmd.Flags().Changed(name) {
			given = append(given, "--"+name)
		}
	}
	return given
}

// customer checks the flags as far as their model does not.
func (f *byHandFlags) customer(cmd *cobra.Command, cfg config.Config, m *explain.Model) (explain.ByHand, error) {
	if !cmd.Flags().Changed("x") || !cmd.Flags().Changed("T") {
		return explain.ByHand{}, errors.New("name a customer, or describe one by hand with at least --x and --T (and --t_x, --m where they bought again)")
	}
	unit := m.Unit()
	if f.unit != "" {
		var ok bool
		if unit, ok = model.ParseTimeUnit(f.unit); !ok {
			return explain.ByHand{}, fmt.Errorf("--time-unit %q: want day, week or month", f.unit)
		}
	}
	for _, v := range []struct {
		flag  string
		value float64
	}{{"--t_x", f.recency}, {"--T", f.age}} {
		if most := 1000 * unit.PerYear(); !(v.value >= 0 && v.value <= most) {
			return explain.ByHand{}, fmt.Errorf("%s %g: want 0 to %g %ss", v.flag, v.value, math.Floor(most), unit)
		}
	}
	margins, err := cfg.Business.Margins()
	if err != nil {
		return explain.ByHand{}, err
	}
	return explain.ByHand{
		Frequency: f.x, Recency: unit.Span(f.recency), Age: unit.Span(f.age),
		RepeatMean: f.m, First: f.paid, FirstKnown: cmd.Flags().Changed("first"),
		MarginRatio: margins.DefaultRatio(),
	}, nil
}
