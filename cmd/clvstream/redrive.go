package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/stream"
)

func newRedrive() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "redrive",
		Short: "Send dead letters back to the topics they came from",
		Long: `Reads <namespace>.deadletter and publishes each record again where it came from:
same topic, partition, key, value, headers and timestamp. The coordinates of the
original stay in the headers clv-topic, clv-partition and clv-offset.

How far it has come is kept as the offsets of the group <namespace>-redrive, so a
second run sends only what came since; --from-start begins anew. What is still
refused comes back as a new dead letter; what was applied meanwhile is recognised
by its event id. A letter that was cut to fit its topic is read again at its
coordinates. Without --yes nothing is sent: the letters are only listed.`,
		Example: `  clvstream redrive --reason unknown_currency
  clvstream redrive --reason unknown_currency --yes`,
		Args: cli.NoArguments,
	}
	r := redrive{}
	cmd.Flags().StringVar(&r.reason, "reason", "", "send these only, such as unknown_currency")
	cmd.Flags().StringVar(&r.topic, "topic", "", "send those of this input topic only")
	cmd.Flags().BoolVar(&r.fromStart, "from-start", false, "begin with the oldest letter instead of the first new one")
	cmd.Flags().BoolVar(&r.send, "yes", false, "do send them")
	cmd.Flags().DurationVar(&r.patience, "timeout", time.Minute, "give up after this long")
	cmd.Flags().BoolVar(&r.asJSON, "json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, _, err := load(cmd)
		if err != nil {
			return err
		}
		if _, ok := history.ParseRefusalReason(r.reason); r.reason != "" && !ok {
			return cli.Usage(fmt.Errorf("--reason %q is none: one of %s", r.reason, reasonList()))
		}
		s, err := reach(cmd.Context(), cfg, needKafka)
		if err != nil {
			return err
		}
		defer s.close()
		ctx, cancel := context.WithTimeout(cmd.Context(), r.patience)
		defer cancel()
		if err := r.run(ctx, s); err != nil {
			return err
		}
		return r.report(cmd)
	}
	return cmd
}

func reasonList() string {
	var names []string
	for _, reason := range history.RefusalReasons() {
		names = append(names, reason.String())
	}
	return strings.Join(names, ", ")
}

// redrive is one run. Letters are read up to where the topic ended when it
// began.
type redrive struct {
	reason, topic   string
	fromStart, send bool
	asJSON          bool
	patience        time.Duration

	ends    map[int32]int64 // per partition, where the topic ended
	letters []letterJSON
	sent    int
}

type letterJSON struct {
	Reason    string `json:"reason"`
	Detail    string `json:"detail"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Sent      bool   `json:"sent"`
}

func (r *redrive) run(ctx context.Context, s *system) error {
	group := s.cfg.Namespace + "-redrive"
	from, ends, err := r.span(ctx, s, group)
	if err != nil {
		return err
	}
	r.ends = maps.Clone(ends)
	if len(from) == 0 {
		return nil
	}
	client, err := stream.Connect(ctx, s.kafka,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{s.outputs().DeadLetter: from}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // the last record is a transaction's marker
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(maxLetterBytes),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	for len(ends) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("read dead letters: %w", err)
		}
		for records := fetches.RecordIter(); !records.Done(); {
			record := records.Next()
			if err := r.take(ctx, s, client, record); err != nil {
				return err
			}
			if end, ok := ends[record.Partition]; ok && record.Offset+1 >= end {
				delete(ends, record.Partition)
			}
		}
	}
	return r.remember(ctx, s, group)
}

// maxLetterBytes is the largest record that is sent back.
const maxLetterBytes = 64 << 20

// span is where each partition of the topic is read from and to.
func (r *redrive) span(ctx context.Context, s *system, group string) (from map[int32]kgo.Offset, ends map[int32]int64, err error) {
	topic := s.outputs().DeadLetter
	starts, err := s.admin.ListStartOffsets(ctx, topic)
	if err != nil {
		return nil, nil, fmt.Errorf("list offsets of %s: %w", topic, err)
	}
	committed, err := s.admin.ListCommittedOffsets(ctx, topic)
	if err != nil {
		return nil, nil, fmt.Errorf("list offsets of %s: %w", topic, err)
	}
	reached, err := s.admin.FetchOffsets(ctx, group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) { // the first run has no group yet
		return nil, nil, fmt.Errorf("read how far %s has come: %w", group, err)
	}
	from, ends = map[int32]kgo.Offset{}, map[int32]int64{}
	for _, end := range committed[topic] {
		if end.Err != nil {
			return nil, nil, fmt.Errorf("list offsets of %s: %w: `clvstream topics create` makes it", topic, end.Err)
		}
		start, _ := starts.Lookup(topic, end.Partition)
		at := start.Offset
		if known, ok := reached.Lookup(topic, end.Partition); ok && !r.fromStart {
			at = max(at, known.At)
		}
		if at < end.Offset {
			from[end.Partition] = kgo.NewOffset().At(at)
			ends[end.Partition] = end.Offset
		}
	}
	return from, ends, nil
}

// take sends one letter back, if it is wanted.
func (r *redrive) take(ctx context.Context, s *system, client *kgo.Client, record *kgo.Record) error {
	if record.Attrs.IsControl() {
		return nil
	}
	letter, original, cut, err := unwrap(record)
	if err != nil {
		return fmt.Errorf("dead letter %d/%d: %w", record.Partition, record.Offset, err)
	}
	if (r.reason != "" && letter.Reason != r.reason) || (r.topic != "" && letter.Topic != r.topic) {
		return nil
	}
	if r.send {
		if cut {
			if original, err = readAgain(ctx, s, letter, original); err != nil {
				return err
			}
		}
		if err := client.ProduceSync(ctx, original).FirstErr(); err != nil {
			return fmt.Errorf("send %s/%d/%d back: %w", letter.Topic, letter.Partition, letter.Offset, err)
		}
		letter.Sent = true
		r.sent++
	}
	r.letters = append(r.letters, letter)
	return nil
}

// unwrap restores the original record from a dead letter.
func unwrap(record *kgo.Record) (letter letterJSON, original *kgo.Record, cut bool, err error) {
	original = &kgo.Record{Key: record.Key, Value: record.Value}
	var own, coordinates []kgo.RecordHeader
	for _, h := range record.Headers {
		value := string(h.Value)
		switch name, isOriginal := strings.CutPrefix(h.Key, stream.LetterHeader); {
		case isOriginal:
			own = append(own, kgo.RecordHeader{Key: name, Value: h.Value})
			continue
		case h.Key == stream.LetterReason:
			letter.Reason = value
		case h.Key == stream.LetterDetail:
			letter.Detail = value
		case h.Key == stream.LetterTopic:
			letter.Topic = value
		case h.Key == stream.LetterPartition:
			n, failed := strconv.ParseInt(value, 10, 32)
			letter.Partition, err = int32(n), errors.Join(err, failed)
		case h.Key == stream.LetterOffset:
			n, failed := strconv.ParseInt(value, 10, 64)
			letter.Offset, err = n, errors.Join(err, failed)
		case h.Key == stream.LetterTimestamp:
			n, failed := strconv.ParseInt(value, 10, 64)
			original.Timestamp, err = time.UnixMilli(n), errors.Join(err, failed)
		case h.Key == stream.LetterTruncated:
			cut = true
		}
		switch h.Key {
		case stream.LetterTopic, stream.LetterPartition, stream.LetterOffset:
			coordinates = append(coordinates, h)
		}
	}
	if letter.Topic == "" || err != nil {
		return letter, nil, false, errors.Join(errors.New("it has no readable coordinates: something else writes to the topic"), err)
	}
	original.Topic, original.Partition = letter.Topic, letter.Partition
	original.Headers = append(own, missingFrom(own, coordinates)...)
	return letter, original, cut, nil
}

// missingFrom are the coordinates that the original does not carry yet: a record
// sent back twice keeps those of the first time.
func missingFrom(own, coordinates []kgo.RecordHeader) []kgo.RecordHeader {
	for _, h := range own {
		if h.Key == stream.LetterTopic {
			return nil
		}
	}
	return coordinates
}

// readAgain fetches a record that was cut at its coordinates.
func readAgain(ctx context.Context, s *system, letter letterJSON, original *kgo.Record) (*kgo.Record, error) {
	reader, err := stream.Connect(ctx, s.kafka,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{letter.Topic: {letter.Partition: kgo.NewOffset().At(letter.Offset)}}),
		kgo.FetchMaxBytes(2*maxLetterBytes), kgo.FetchMaxPartitionBytes(maxLetterBytes))
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	fetches := reader.PollFetches(ctx)
	if err := fetches.Err(); err != nil {
		return nil, fmt.Errorf("read %s/%d/%d again: %w", letter.Topic, letter.Partition, letter.Offset, err)
	}
	records := fetches.Records()
	if len(records) == 0 || records[0].Offset != letter.Offset {
		return nil, fmt.Errorf("read %s/%d/%d again: the topic does not hold it any more", letter.Topic, letter.Partition, letter.Offset)
	}
	original.Key, original.Value = records[0].Key, records[0].Value
	return original, nil
}

// remember keeps how far the letters have been sent. A filtered run does not: it
// has passed others over.
func (r *redrive) remember(ctx context.Context, s *system, group string) error {
	if !r.send || r.reason != "" || r.topic != "" {
		return nil
	}
	var reached kadm.Offsets
	for partition, end := range r.ends {
		reached.AddOffset(s.outputs().DeadLetter, partition, end, -1)
	}
	if err := s.admin.CommitAllOffsets(ctx, group, reached); err != nil {
		return fmt.Errorf("keep how far %s has come: %w", group, err)
	}
	return nil
}

func (r *redrive) report(cmd *cobra.Command) error {
	if r.asJSON {
		return printJSON(cmd.OutOrStdout(), map[string]any{"letters": append([]letterJSON{}, r.letters...), "sent": r.sent})
	}
	rows := make([][]string, len(r.letters))
	for i, l := range r.letters {
		rows[i] = []string{l.Reason, fmt.Sprintf("%s/%d/%d", l.Topic, l.Partition, l.Offset), l.Detail}
	}
	if err := table(cmd.OutOrStdout(), []string{"REASON", "RECORD", "DETAIL"}, rows); err != nil {
		return err
	}
	if !r.send && len(r.letters) > 0 {
		fmt.Fprintf(cmd.OutOrStdout(), "%d letters, none sent: add --yes to send them\n", len(r.letters))
		return nil
	}
	fmt.Fprintf(cmd.OutOrStdout(), "sent %d letters back\n", r.sent)
	return nil
}
