package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/terminal"
)

// ordersFlags say where a command reads orders from.
type ordersFlags struct {
	input     *inputFlags
	fromTopic bool
	unit      string
	period    float64 // time units in a period of a periodic model
}

func addOrdersFlags(cmd *cobra.Command) *ordersFlags {
	f := &ordersFlags{input: addInputFlags(cmd)}
	cmd.Flags().BoolVar(&f.fromTopic, "from-topic", false, "read the input topics from their start instead of a file")
	cmd.Flags().StringVar(&f.unit, "time-unit", "week", "the time unit of the parameters: day, week or month (365.25/12 days)")
	return f
}

// mostDays bounds spans of time that are given as numbers: 100 years.
const mostDays = 36_525

// addPeriod is for commands that fit.
func (f *ordersFlags) addPeriod(cmd *cobra.Command) {
	cli.Above(cmd.Flags(), &f.period, "period", 1, 0, mostDays, "time units in a contract period (survival), or from one opportunity to order to the next (bgbb)")
}

func (f *ordersFlags) timeUnit() (model.TimeUnit, error) {
	unit, ok := model.ParseTimeUnit(f.unit)
	if !ok {
		return unit, cli.Usage(fmt.Errorf("--time-unit %q: choose day, week or month", f.unit))
	}
	return unit, nil
}

// fitting is how models are fitted, with the length of a period.
func (f *ordersFlags) fitting() (model.TimeUnit, calibrate.Fitting, error) {
	unit, err := f.timeUnit()
	return unit, calibrate.Fitting{Period: unit.Span(f.period)}, err
}

// orders is a source of orders, ready to be read.
type orders struct {
	cmd    *cobra.Command
	cfg    config.Config
	rules  history.Rules
	unit   model.TimeUnit
	source calibrate.Source
	bar    *terminal.Bar // of the present reading
	total  int64         // bytes of a file
}

// open finds the orders and checks that they can be read.
func (f *ordersFlags) open(cmd *cobra.Command, s *system) (*orders, error) {
	unit, err := f.timeUnit()
	if err != nil {
		return nil, err
	}
	rules, err := rulesOf(s.cfg)
	if err != nil {
		return nil, err
	}
	o := &orders{cmd: cmd, cfg: s.cfg, rules: rules, unit: unit}
	switch {
	case f.fromTopic && f.input.path != "":
		return nil, cli.Usage(errors.New("--input and --from-topic exclude each other: give one"))
	case f.fromTopic:
		return o, o.openTopic(cmd.Context(), s)
	case f.input.path == "":
		return nil, cli.Usage(errors.New("--input is missing: name the file of orders, or read the input topics with --from-topic"))
	default:
		return o, o.openFile(f.input)
	}
}

func (o *orders) openFile(f *inputFlags) error {
	options, err := f.options(o.cfg)
	if err != nil {
		return err
	}
	rates, err := o.cfg.Business.Rates()
	if err != nil {
		return cli.Usage(err)
	}
	info, err := f.readable()
	if err != nil {
		return err
	}
	options.ByTime = false // any order will do
	o.total = info.Size()
	o.source, err = calibrate.File{
		Path: f.path, Options: options, Rates: rates, Rules: &o.rules, Report: o.cmd.ErrOrStderr(),
		Read:        func(bytes int64) { o.bar.Set(bytes) },
		MostRefused: max(f.mostRefused(), leastShare),
	}.Source()
	return cli.Usage(err)
}

// leastShare is below a row of any file: no row may be refused.
const leastShare = 1e-12

func (o *orders) openTopic(ctx context.Context, s *system) error {
	if err := s.connect(ctx, needKafka); err != nil {
		return err
	}
	mappings, err := assembly.Mappings(o.cfg)
	if err != nil {
		return cli.Usage(err)
	}
	accepted, err := assembly.Decoding(o.cfg)
	if err != nil {
		return cli.Usage(err)
	}
	o.source = calibrate.Log{
		Kafka: s.kafka, Topics: o.cfg.ReadTopics(), Rules: accepted, Mappings: mappings,
		Read:   func(done, _ int64) { o.bar.Set(done) },
		Report: o.cmd.ErrOrStderr(),
	}.Source()
	return nil
}

// frugalGC is how much the heap may grow between two collections, in percent, while
// millions of customers are in memory: half the default. It costs little, as few of the
// objects hold pointers.
const frugalGC = 50

// frugal collects garbage more often, unless GOGC is set.
func frugal() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(frugalGC)
	}
}

// summarise reads the orders under a progress bar, and says how many rows or records
// could not be used.
func (o *orders) summarise(window calibrate.Window) (*calibrate.Population, error) {
	what := "records read"
	if o.total > 0 {
		what = "bytes read"
	}
	o.bar = terminal.NewBar(o.cmd.ErrOrStderr(), what, o.total)
	p, err := calibrate.Summarise(o.cmd.Context(), o.source, &o.rules, window)
	o.bar.Done()
	if n := o.source.Refused(); n > 0 && o.source.Rows == nil {
		line(o.cmd.ErrOrStderr(), "%d records could not be used and were skipped", n)
	}
	return p, badData(err)
}

// file is what became of the rows of a file in the last reading; nil: there is none.
func (o *orders) file() *dataset.Summary {
	if o.source.Rows == nil {
		return nil
	}
	file := o.source.Rows().Summary()
	return &file
}

// badData marks an error that the data caused as wrong usage.
func badData(err error) error {
	if calibrate.DataError(err) {
		return cli.Usage(err)
	}
	return err
}

// parseDay reads a flag's date; the zero answer and false stand for none.
func parseDay(flag, text string) (day calendar.Day, given bool, err error) {
	if text == "" {
		return 0, false, nil
	}
	date, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, false, cli.Usage(fmt.Errorf("--%s %q: want a date such as 1997-09-30", flag, text))
	}
	return calendar.NewCalendar(nil).Day(date.UnixMicro()), true, nil
}

// rulesOf are the configured rules for histories.
func rulesOf(cfg config.Config) (history.Rules, error) {
	rules, err := inforce.Rules(cfg)
	return rules, cli.Usage(err)
}
