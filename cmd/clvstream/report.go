package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/internal/report"
	"github.com/clvstream/clvstream/internal/terminal"
)

// reportFlags are the flags of a report.
type reportFlags struct {
	*ordersFlags
	model, split, until, out string
	histories                int
}

// mostHistories bounds a report: nobody reads more histories one by one.
const mostHistories = 50

func newReport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Show how well a model fits the orders, as one HTML page",
		Long: `Writes one self-contained HTML page: P(alive) and expected orders by frequency and
recency; the numbers of repeat purchases beside the model's; repeat purchases week by
week and cumulative; the holdout by frequency, and how well the model ranks the best
customers; spend beside Gamma-Gamma's; and the histories of some customers, with their
ids. The page needs no network and runs no script.

The orders up to and including the day --split count as known to the model; later ones
are the holdout. The default of --split is the last day that the model file was fitted
to. If the file names none, nothing is held out.`,
		Example: `  clvstream report --model mbgnbd.yaml --input CDNOW_sample.txt --format cdnow -o report.html
  clvstream report --model mbgnbd.yaml --input orders.csv --split 2024-12-31 --until 2025-06-30 -o report.html`,
		Args: cli.NoArguments,
	}
	f := &reportFlags{ordersFlags: &ordersFlags{input: addInputFlags(cmd), unit: model.UnitDay.String()}}
	cmd.Flags().BoolVar(&f.fromTopic, "from-topic", false, "read the input topics from their start instead of a file")
	cmd.Flags().StringVar(&f.model, "model", "", "the model `file`, as written by fit")
	cmd.Flags().StringVar(&f.split, "split", "", "the last `day` known to the model, such as 1997-09-30")
	cmd.Flags().StringVar(&f.until, "until", "", "the last `day` of the orders to use; default: the day of the last order")
	cmd.Flags().StringVarP(&f.out, "out", "o", "report.html", "the `file` to write; - for standard output")
	cli.Int(cmd.Flags(), &f.histories, "histories", 6, 0, mostHistories, "how many customers' histories to show; 0: none, and the page names no customer")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return f.run(cmd) }
	return cmd
}

func (f *reportFlags) run(cmd *cobra.Command) error {
	cfg, from, err := load(cmd)
	if err != nil {
		return err
	}
	file, err := f.load()
	if err != nil {
		return cli.Usage(err)
	}
	if from.Of("business.currency").Origin == config.FromDefault {
		cfg.Business.Currency = file.Currency
	}
	cfg.Model = config.Model{File: f.model}
	if _, err := (inforce.Resolver{Config: cfg}).Configured(); err != nil { // the file is of another currency
		return cli.Usage(err)
	}
	s := &system{cfg: cfg}
	defer s.close()
	o, err := f.open(cmd, s)
	if err != nil {
		return err
	}
	in, err := f.customers(cmd, o, file)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := report.Write(&page, in); err != nil {
		return err
	}
	return f.write(cmd, page.Bytes())
}

// load reads the model file and checks what can be checked without the orders.
func (f *reportFlags) load() (*modelfile.File, error) {
	if f.model == "" {
		return nil, errors.New("--model is missing: name the model file to report on")
	}
	file, err := modelfile.Load(f.model)
	if err != nil {
		return nil, err
	}
	return file, report.Check(file)
}

// customers reads the orders: once for their days and a sample, and again to sum
// up the customers.
func (f *reportFlags) customers(cmd *cobra.Command, o *orders, file *modelfile.File) (report.Input, error) {
	o.bar = terminal.NewBar(cmd.ErrOrStderr(), "orders read for the overview", o.total)
	survey, err := report.Look(cmd.Context(), o.source, &o.rules)
	o.bar.Done()
	if err != nil {
		return report.Input{}, badData(err)
	}
	window, err := f.window(survey, file)
	if err != nil {
		return report.Input{}, err
	}
	in := report.Input{
		File: file, Rules: &o.rules, Survey: survey, Source: filepath.Base(f.input.path),
		Split: window.Split, Until: window.Until, Histories: f.histories,
	}
	if f.fromTopic {
		in.Source = "the input topics"
	}
	if window.Split == window.Until {
		window.Until++ // an empty day held out, so that the course is counted
	}
	p, err := o.summarise(window)
	if err != nil {
		return report.Input{}, err
	}
	in.Holdout = p.Holdout(file.Currency)
	if whole := int(in.Until-p.First()) + 1; whole < len(in.Holdout.Course.Births) {
		in.Holdout.Course.Births, in.Holdout.Course.Repeats = in.Holdout.Course.Births[:whole], in.Holdout.Course.Repeats[:whole]
	}
	return in, nil
}

// window is the days to use, and which of them the model knows.
func (f *reportFlags) window(survey *report.Survey, file *modelfile.File) (calibrate.Window, error) {
	none := calibrate.Window{}
	if survey.Orders == 0 {
		return none, cli.Usage(calibrate.ErrNoCustomers)
	}
	until, given, err := parseDay("until", f.until)
	if err != nil {
		return none, err
	}
	if !given {
		until = survey.Last
	}
	if until < survey.First {
		return none, cli.Usage(fmt.Errorf("--until %s is before the first order, of %s", until, survey.First))
	}
	split, given, err := parseDay("split", f.split)
	if err != nil {
		return none, err
	}
	if given && (split < survey.First || split >= until || split >= survey.Last) {
		return none, cli.Usage(fmt.Errorf("--split %s leaves no orders before it or none after it: the orders are from %s to %s", split, survey.First, min(until, survey.Last)))
	}
	if fitted := file.FittedOn.Until; !given && !fitted.IsZero() {
		split = calendar.NewCalendar(nil).Day(fitted.UnixMicro())
		given = split >= survey.First && split < min(until, survey.Last)
	}
	if !given {
		split = until
	}
	return calibrate.Window{Split: split, Until: until}, nil
}

func (f *reportFlags) write(cmd *cobra.Command, page []byte) error {
	if f.out == "-" {
		_, err := cmd.OutOrStdout().Write(page)
		return err
	}
	if err := os.WriteFile(f.out, page, 0o600); err != nil { // it names customers
		return fmt.Errorf("write --out: %w", err)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "wrote %s (%d kB)\n", f.out, (len(page)+999)/1000)
	return nil
}
