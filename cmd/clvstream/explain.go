package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/customerread"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/internal/explain"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/modelfile"
)

func newExplain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain [CUSTOMER]",
		Short: "Show each step from a customer's orders to their value",
		Long: `Explains a value step by step: what counts as a purchase, P(alive), expected orders,
spend per order, discount, and margin. Each step shows its formula with the numbers
filled in.

With a CUSTOMER it reads the customer from Redis. As of the last event (the
default) the value is bit for bit the one in Redis and in the last change.

Without a CUSTOMER, flags describe one: --x repeat purchase days, --t_x and --T in
the time unit of the model file (days for a model without a file), and --m, the mean
amount of the repeat days.

The last section says how sure the figures are: what this customer will do, and how
well the mean of all such customers is known (docs/models.md, How sure is a figure?).

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
	cmd.Flags().StringVar(&x.asOf, "as-of", "last-event", "the `instant` to explain the value of a customer for: last-event, now, or a time such as 2026-01-31T12:00:00Z")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return x.run(cmd, args) }
	return cmd
}

// explaining is the flags of one explanation.
type explaining struct {
	asJSON      *bool
	byHand      *byHandFlags
	model, asOf string
}

func (x *explaining) run(cmd *cobra.Command, args []string) error {
	cfg, from, err := load(cmd)
	if err != nil {
		return err
	}
	if given := x.byHand.given(cmd); len(args) == 1 && len(given) > 0 {
		return cli.Usage(fmt.Errorf("%s describe a customer by hand: give either them or customer %q", strings.Join(given, ", "), args[0]))
	}
	if len(args) == 1 {
		return x.live(cmd, cfg, from, args[0])
	}
	model, err := x.load(cfg)
	if err != nil {
		return err
	}
	customer, err := x.byHand.customer(cmd, cfg, &model)
	if err != nil {
		return cli.Usage(err)
	}
	explanation, err := customer.Explain(model)
	if err != nil {
		return cli.Usage(err)
	}
	if *x.asJSON {
		return printJSON(cmd.OutOrStdout(), explanation.View())
	}
	return writeExplanation(cmd.OutOrStdout(), "by hand", &explanation, clockOf(cfg))
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
func (x *explaining) live(cmd *cobra.Command, cfg config.Config, from config.Provenance, id string) error {
	s, err := connect(cmd.Context(), cfg, from, needValues)
	if err != nil {
		return err
	}
	defer s.close()
	models := inforce.Resolver{Config: s.cfg, File: x.model}
	valuation, err := models.Valuation()
	if err != nil {
		return cli.Usage(err)
	}
	inForce, err := models.ModelInForce(cmd.Context(), s.store)
	if err != nil {
		return err
	}
	model, err := explain.Of(inForce.Built)
	if err != nil {
		return err
	}
	stored, err := customerread.Stored(cmd.Context(), s.cfg, s.store, id)
	if err != nil {
		return err
	}
	asOfMicros, err := x.instant(stored.History.LatestMicros, clockOf(s.cfg))
	if err != nil {
		return cli.Usage(err)
	}
	explanation, err := explain.Customer(&stored.History, &valuation.Rules, model, asOfMicros)
	if err != nil {
		return err
	}
	view := customerview.Explain(id, stored, &explanation)
	if *x.asJSON {
		return printJSON(cmd.OutOrStdout(), view)
	}
	if err := writeExplanation(cmd.OutOrStdout(), "customer "+id, &explanation, clockOf(s.cfg)); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "\n%s\n", storedText(&view.Stored, model.Currency, clockOf(s.cfg)))
	return nil
}

// instant reads --as-of for a customer whose latest event is at latestMicros.
func (x *explaining) instant(latestMicros int64, clock clock) (int64, error) {
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
		return 0, fmt.Errorf("--as-of %s is before the customer's latest event at %s: give that time or a later one; `clvstream get --at` shows earlier ones", x.asOf, clock.exact(latestMicros))
	}
	return at.UnixMicro(), nil
}

// storedText compares what is stored with what is explained.
func storedText(v *customerview.Stored, currency money.Currency, at clock) string {
	if v.Same {
		return "Redis holds the same value, to the last bit."
	}
	return fmt.Sprintf("Redis holds %s %s as of %s, by model version %s: a customer's value is recomputed at the next event or due time.",
		money.AppendMajor(nil, v.CLVMinor, currency.Exponent()), currency, at.sentence(v.AsOf), v.ModelVersion)
}

// writeExplanation writes a headline and the steps.
func writeExplanation(w io.Writer, who string, explanation *explain.Explanation, at clock) error {
	v := explanation.View()
	if v.AsOf != "" {
		who += " as of " + at.sentence(v.AsOf)
	}
	fmt.Fprintf(w, "%s, by %s %s\nCLV %s %s\n", who, v.Model.Name, v.Model.Version, v.CLV, v.Currency)
	return explanation.WriteText(w)
}
