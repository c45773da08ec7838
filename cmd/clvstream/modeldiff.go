package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/state"
)

func newModelDiff() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff A [B]",
		Short: "Show two models side by side, and how customers' values move from one to the other",
		Long: `A and B are versions in the registry (they may be shortened), model files, or
"configured". With A alone, the model in force stands on the left and A on the
right: what activating A would change. With both, A is left and B right.

With --input, the customers of a file of orders are valued by both as of its last
day. No change is made and nothing is announced.`,
		Example: `  clvstream model diff 3f2a0c1b2d3e
  clvstream model diff model.yaml --input orders.csv
  clvstream model diff configured model.yaml --input CDNOW_sample.txt --format cdnow --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 && len(args) != 2 {
				return cli.Usage(fmt.Errorf("%s wants one or two models: a version, a file or %q\nsee `%[1]s -h`", cmd.CommandPath(), state.Configured))
			}
			return nil
		},
	}
	f := &ordersFlags{input: addInputFlags(cmd), unit: model.UnitWeek.String()}
	asJSON := jsonFlag(cmd)
	top := cmd.Flags().Int("top", 5, "with --input: show so many of the customers whose value moves most")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, _, err := load(cmd)
		if err != nil {
			return err
		}
		d, err := newModelDiffOf(cmd.Context(), cfg, args)
		if err != nil {
			return err
		}
		view := d.view()
		if f.input.path != "" {
			if view.Values, err = d.values(cmd, f, max(0, *top)); err != nil {
				return err
			}
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), view)
		}
		return view.print(cmd.OutOrStdout())
	}
	return cmd
}

// side is one of the models that are compared.
type side struct {
	label string
	model model.Model
	file  *modelfile.File // nil: the model is configured by its name
}

// modelDiff is two models.
type modelDiff struct {
	cfg         config.Config
	left, right side
}

func newModelDiffOf(ctx context.Context, cfg config.Config, args []string) (*modelDiff, error) {
	d := &modelDiff{cfg: cfg}
	find := finder{cfg: cfg}
	defer find.close()
	var err error
	if len(args) == 2 {
		if d.left, err = find.side(ctx, args[0]); err != nil {
			return nil, err
		}
	} else if d.left, err = find.inForce(ctx); err != nil {
		return nil, err
	}
	d.right, err = find.side(ctx, args[len(args)-1])
	return d, err
}

// finder finds models by what they are called; it asks Redis when it has to.
type finder struct {
	cfg    config.Config
	system *system
}

func (f *finder) close() {
	if f.system != nil {
		f.system.close()
	}
}

func (f *finder) registry(ctx context.Context) (*system, error) {
	var err error
	if f.system == nil {
		f.system, err = reach(ctx, f.cfg, needState)
	}
	return f.system, err
}

func (f *finder) inForce(ctx context.Context) (side, error) {
	s, err := f.registry(ctx)
	if err != nil {
		return side{}, err
	}
	active, err := s.store.Active(ctx)
	if err != nil {
		return side{}, err
	}
	if active.Number == 0 {
		return f.side(ctx, state.Configured)
	}
	return f.side(ctx, active.Version)
}

func (f *finder) side(ctx context.Context, name string) (side, error) {
	if name == state.Configured {
		return f.configured()
	}
	if _, err := os.Stat(name); err == nil {
		file, _, err := readModelFile(name, f.cfg)
		if err != nil {
			return side{}, cli.Usage(err)
		}
		return f.ofFile(name, file)
	}
	s, err := f.registry(ctx)
	if err != nil {
		return side{}, err
	}
	pushed, err := s.pushed(ctx, name)
	if err != nil {
		return side{}, fmt.Errorf("%w; nor is there a file of that name", err)
	}
	file, err := modelfile.ParseFor(pushed.File, f.cfg.Business.Currency)
	if err != nil {
		return side{}, cli.Usage(fmt.Errorf("read model %s: %w", pushed.Version, err))
	}
	return f.ofFile(pushed.Version, file)
}

func (f *finder) ofFile(label string, file *modelfile.File) (side, error) {
	model, err := file.NewModel()
	return side{label: label, model: model, file: file}, cli.Usage(err)
}

func (f *finder) configured() (side, error) {
	valuation, err := assembly.Valuation(f.cfg)
	if err != nil {
		return side{}, cli.Usage(err)
	}
	s := side{label: state.Configured, model: valuation.Model}
	if f.cfg.Model.File != "" {
		s.file, err = modelfile.Load(f.cfg.Model.File)
	}
	return s, cli.Usage(err)
}

// diffView is the comparison as the command tells it.
type diffView struct {
	Left   diffSide    `json:"left"`
	Right  diffSide    `json:"right"`
	Values *valuesView `json:"values,omitempty"`

	names []string // of the parameters of either, in order
}

type diffSide struct {
	Label      string            `json:"label"`
	Model      string            `json:"model"`
	Version    string            `json:"version"`
	Parameters map[string]string `json:"parameters,omitempty"`
}

func (d *modelDiff) view() *diffView {
	v := &diffView{Left: d.left.view(), Right: d.right.view()}
	seen := map[string]bool{}
	for _, s := range []side{d.left, d.right} {
		for _, p := range s.parameters() {
			if !seen[p.name] {
				seen[p.name] = true
				v.names = append(v.names, p.name)
			}
		}
	}
	return v
}

func (s *side) view() diffSide {
	v := diffSide{Label: s.label, Model: s.model.Name(), Version: s.model.Version(), Parameters: map[string]string{}}
	for _, p := range s.parameters() {
		v.Parameters[p.name] = p.value
	}
	return v
}

type namedValue struct{ name, value string }

// parameters are all that changes a value, and what the model was fitted to.
func (s *side) parameters() []namedValue {
	f := s.file
	if f == nil {
		return nil
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
	all := []namedValue{{"time unit", f.Unit.String()}}
	names, spend := f.ParameterNames()
	for _, name := range names {
		all = append(all, namedValue{name, number(f.Parameters.Values[name])})
	}
	for _, name := range spend {
		all = append(all, namedValue{"spend " + name, number(f.Spend.Values[name])})
	}
	if f.PeriodUnits > 0 {
		all = append(all, namedValue{"period", number(f.PeriodUnits)})
	}
	all = append(all,
		namedValue{"horizon days", number(f.HorizonDays)}, namedValue{"annual discount", number(f.AnnualDiscount)},
		namedValue{"margin", marginText(f.MarginRatio)},
		namedValue{"customers fitted to", strconv.Itoa(f.FittedOn.Customers)}, namedValue{"repeaters", strconv.Itoa(f.FittedOn.Repeaters)})
	if !f.FittedOn.Until.IsZero() {
		all = append(all, namedValue{"fitted to", f.FittedOn.Until.Format(time.DateOnly)})
	}
	return all
}

func marginText(ratio float64) string {
	if ratio == 0 {
		return "the customer's own"
	}
	return strconv.FormatFloat(ratio, 'g', 6, 64)
}

func (v *diffView) print(w io.Writer) error {
	rows := [][]string{{"model", v.Left.Model, v.Right.Model, ""}, {"version", v.Left.Version, v.Right.Version, ""}}
	for _, name := range v.names {
		left, right := v.Left.Parameters[name], v.Right.Parameters[name]
		mark := ""
		if left != right {
			mark = "*"
		}
		rows = append(rows, []string{name, left, right, mark})
	}
	if err := table(w, []string{"", v.Left.Label, v.Right.Label, ""}, rows); err != nil {
		return err
	}
	if v.Values == nil {
		return nil
	}
	return v.Values.print(w)
}
