package endtoend

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/bench/workload"
	"github.com/clvstream/clvstream/internal/testbed"
)

// options are what a comparison is asked for.
type options struct {
	workload   string // empty: TestCompare is left out
	events     int
	partitions int
	repeats    int
	stored     int
	consumers  int
	against    string
	peer       bool
	restart    bool
	steady     time.Duration
	rate       int
	due        int
	singles    int
	verify     int
	out        string
	settings   settings
}

var asked options

func TestMain(m *testing.M) {
	flag.StringVar(&asked.workload, "workload", "", "what to compare: "+strings.Join(workload.Names(), ", "))
	flag.IntVar(&asked.events, "events", 2_000_000, "events of each run")
	flag.IntVar(&asked.partitions, "partitions", 4, "partitions of each topic")
	flag.IntVar(&asked.repeats, "repeats", 3, "how often each takes its turn")
	flag.IntVar(&asked.stored, "stored", 10_000_000, "customers that are stored before, with -workload grown")
	flag.IntVar(&asked.consumers, "consumers", 1, "consumers that share the work")
	flag.StringVar(&asked.against, "against", "", "another `revision` whose programs run in turn as well")
	flag.BoolVar(&asked.peer, "peer", true, "run the peer; without it nothing warms the broker")
	flag.IntVar(&asked.verify, "verify", 1, "check so many runs of each build with clvstream verify, which takes two minutes a million")
	flag.BoolVar(&asked.restart, "restart", false, "restart the consumers in the middle of each run")
	flag.DurationVar(&asked.steady, "steady", 0, "measure the latency for so long at -rate, instead of catching up")
	flag.IntVar(&asked.rate, "rate", 20_000, "orders a second, with -steady")
	flag.IntVar(&asked.due, "due", 0, "due customers a second beside them, with -steady")
	flag.IntVar(&asked.singles, "singles", 0, "with -steady, also so many single orders on an idle system")
	flag.StringVar(&asked.out, "out", "", "`directory` for bench.md and bench.json")
	flag.Var(&asked.settings, "set", "a setting of the programs, as `key=value`; may be repeated")
	flag.Parse()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // it would stand between the results
	testbed.Main(m)
}

// check refuses what cannot be run.
func (o *options) check() error {
	switch {
	case !slices.Contains(workload.Names(), o.workload):
		return fmt.Errorf("-workload %q is not known; give %s", o.workload, strings.Join(workload.Names(), ", "))
	case o.steady < 0 || o.rate < 1 || o.due < 0 || o.singles < 0 || o.verify < 0:
		return errors.New("-steady, -due, -singles and -verify must be 0 or more, -rate 1 or more")
	case o.events < 1 || o.partitions < 1 || o.repeats < 1 || o.consumers < 1 || o.stored < 1:
		return errors.New("-events, -partitions, -repeats, -consumers and -stored must be 1 or more")
	}
	return nil
}

// settings are key=value pairs.
type settings map[string]string

// String is for package flag.
func (s *settings) String() string { return fmt.Sprint(map[string]string(*s)) }

// Set adds one.
func (s *settings) Set(text string) error {
	key, value, found := strings.Cut(text, "=")
	if !found {
		return errors.New("give key=value, such as awake.mode=off")
	}
	if *s == nil {
		*s = settings{}
	}
	(*s)[key] = value
	return nil
}
