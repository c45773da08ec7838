package verify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/state"
	published "github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/event"
	"github.com/clvstream/clvstream/stream/mapping"
	"github.com/clvstream/clvstream/stream/registry"
)

// Config says what to verify, and by which rules.
type Config struct {
	Kafka          cluster.Access
	InputTopics    []string // all that the consumers read
	Topics         cluster.OutputTopics
	Store          *state.Store // only read; it may be one that a running consumer uses
	Rules          event.Rules  // as the consumers have them
	Mappings       []*mapping.Mapping
	Valuation      clv.Valuation
	Current        published.Form                        // of the current values; empty: JSON
	Schemas        *registry.Schemas                     // of a schema registry; nil: there is none
	Progress       func(stage string, done, total int64) // from one goroutine, often; nil: nobody looks
	MaxDifferences int                                   // kept in the report; 0: 20
}

// The stages that Progress reports, in their order.
const (
	StageInput   = "input"   // records of the input log
	StageChanges = "changes" // records of the changes and dead letters
	StageCompare = "compare" // shards
	StageCurrent = "current" // records of the current values
)

const defaultMaxDifferences = 20

// Run verifies. An error means that it could not; what is wrong with the system
// is in the report, which is then not Verified.
func Run(ctx context.Context, config Config) (Report, error) {
	began := time.Now()
	if config.MaxDifferences <= 0 {
		config.MaxDifferences = defaultMaxDifferences
	}
	if config.Progress == nil {
		config.Progress = func(string, int64, int64) {}
	}
	v := newVerification(config)
	if err := v.run(ctx); err != nil {
		return Report{}, fmt.Errorf("verify: %w", err)
	}
	v.report.conclude()
	v.report.Seconds = time.Since(began).Seconds()
	return v.report, nil
}

// verification is one run. Its input and output logs are read from the start
// and then followed, as far as each shard's snapshots ask for.
type verification struct {
	config    Config
	report    Report
	decoder   decoder
	reader    *recordReader
	ofMapped  decoder // of what a mapping made: only its record has a size
	unlimited decoder // without the limits that are settings
	currency  money.Currency

	sources   sources
	input     *cluster.Log
	output    *cluster.Log // changes and dead letters
	shards    []map[string]*dossier
	readUpTo  marks // up to where the input was read
	located   located
	refused   []refusedRecord
	letters   map[coordinate]*letter
	waiting   map[coordinate]bool // events that waited for their order where their customer's snapshot stands
	models    interned
	renderer  published.Renderer      // of what waits
	odd       map[string][]Difference // per customer, fields that do not follow from others of their change
	announced map[string]latestChange
	recent    map[string][]uint64 // sums of the changes that were read after the current values; nil before that
	unsound   map[string]bool     // customers whose changes are not what they should be
	first     []marks             // per shard, of its first snapshot
	last      []marks             // per shard, of its last
}

// dossier is what the logs hold of one customer.
type dossier struct {
	events  []inputEvent
	changes []change
}

func newVerification(config Config) *verification {
	v := &verification{
		config:    config,
		decoder:   newDecoder(config.Rules, config.Valuation.Rules),
		reader:    newRecordReader(config.Mappings),
		ofMapped:  newDecoder(config.Rules, config.Valuation.Rules).ofAnySize(),
		unlimited: newDecoder(config.Rules, config.Valuation.Rules).unlimited(),
		currency:  config.Rules.Rates.Business(),
		sources:   sources{index: map[cluster.Partition]int32{}},
		located:   newLocated(),
		letters:   map[coordinate]*letter{},
		waiting:   map[coordinate]bool{},
		announced: map[string]latestChange{},
		unsound:   map[string]bool{},
		odd:       map[string][]Difference{},
		renderer:  published.NewRenderer(config.Rules.Rates.Business()),
		report:    Report{currency: config.Rules.Rates.Business(), Differences: []Difference{}, ModelVersions: map[string]int64{}, maxDifferences: config.MaxDifferences},
	}
	for range config.Store.Shards() {
		v.shards = append(v.shards, map[string]*dossier{})
	}
	return v
}

func (v *verification) run(ctx context.Context) error {
	var err error
	if v.input, err = cluster.OpenLog(ctx, v.config.Kafka); err != nil {
		return err
	}
	defer v.input.Close()
	if v.output, err = cluster.OpenLog(ctx, v.config.Kafka); err != nil {
		return err
	}
	defer v.output.Close()
	for _, step := range []func(context.Context) error{
		v.readInput, v.readOutput, v.compareShards, v.compareLocated, v.compareRefused, v.compareCurrent,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// readInput reads the input as far as any shard has applied it, which is most
// of the work.
func (v *verification) readInput(ctx context.Context) error {
	applied, err := v.config.Store.Applied(ctx)
	if err != nil {
		return err
	}
	if err := v.checkTopics(ctx, applied); err != nil {
		return err
	}
	var highest marks
	for _, shard := range applied {
		highest.raise(v.marks(shard))
	}
	return v.extendInput(ctx, highest, func(done, total int64) { v.config.Progress(StageInput, done, total) })
}

// checkTopics refuses to compare with another input than the state is of.
func (v *verification) checkTopics(ctx context.Context, applied []state.Applied) error {
	bounds, err := cluster.PartitionBounds(ctx, kadm.NewClient(v.input.Client()), v.config.InputTopics...)
	if err != nil {
		return err
	}
	for _, shard := range applied {
		for source := range shard {
			at, ok := bounds[cluster.Partition{Topic: source.Topic, ID: source.Partition}]
			switch {
			case !slices.Contains(v.config.InputTopics, source.Topic):
				return fmt.Errorf("the state has applied topic %s, which is not among the input topics %v: add it", source.Topic, v.config.InputTopics)
			case !ok:
				return fmt.Errorf("the state has applied %s, which the cluster does not have: is this its Kafka?", source)
			case source.TopicID != at.TopicID && source.TopicID != [16]byte{}:
				return fmt.Errorf("input topic %s was recreated: the state belongs to another topic of that name", source.Topic)
			}
		}
	}
	v.report.Truncated = truncated(bounds)
	return nil
}

func truncated(bounds map[cluster.Partition]cluster.Bounds) (names []string) {
	for partition, b := range bounds {
		if b.LogStartOffset > 0 {
			names = append(names, partition.String())
		}
	}
	slices.Sort(names)
	return names
}

// extendInput reads the input on, up to the marks.
func (v *verification) extendInput(ctx context.Context, upTo marks, progress func(done, total int64)) error {
	targets := map[cluster.Partition]int64{}
	for source, offset := range upTo {
		targets[v.sources.names[source]] = offset
	}
	take := func(from cluster.Partition, records []*kgo.Record) error { return v.takeInput(ctx, from, records) }
	if err := v.input.ReadTo(ctx, targets, take, progress); err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	return nil
}

// readOutput reads changes and dead letters up to their present ends.
func (v *verification) readOutput(ctx context.Context) error {
	return v.extendOutput(ctx, func(done, total int64) { v.config.Progress(StageChanges, done, total) })
}

// extendOutput reads on up to the high watermarks. Records of transactions that
// are still open are waited for: the last stable offset could hide what is
// committed behind them.
func (v *verification) extendOutput(ctx context.Context, progress func(done, total int64)) error {
	ends, err := v.output.Ends(ctx, v.config.Topics.Changes, v.config.Topics.DeadLetter)
	if err == nil {
		err = v.output.ReadTo(ctx, ends, v.takeOutput, progress)
	}
	if err != nil {
		return fmt.Errorf("read output: %w", err)
	}
	return nil
}
