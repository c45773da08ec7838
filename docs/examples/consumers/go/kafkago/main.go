// Command kafkago applies the changes of a topic of clvstream, with segmentio/kafka-go.
//
// usage: kafkago BROKERS TOPIC GROUP SCHEMA
//
// kafka.Reader hands out what was aborted, also with IsolationLevel: kafka.ReadCommitted. So this
// fetches by itself, and leaves out what the broker says was aborted.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// change is what is used of one. Fields that it does not name are passed over.
type change struct {
	Version  int64  `json:"version"`
	Reason   string `json:"reason"`
	AsOf     string `json:"as_of"`
	Currency string `json:"currency"`
	CLV      struct {
		Current string `json:"current"` // a decimal as text: no float64 holds it
	} `json:"clv"`
}

// applied is what is told of a change.
type applied struct {
	CustomerID  string  `json:"customer_id"`
	Version     int64   `json:"version"`
	ID          string  `json:"id"`
	Reason      string  `json:"reason"`
	Current     string  `json:"current"`
	Currency    string  `json:"currency"`
	AsOf        string  `json:"as_of"`
	TraceParent *string `json:"traceparent"` // of the order, if its record had one
}

type erased struct {
	CustomerID string `json:"customer_id"`
	Erased     bool   `json:"erased"`
}

type receiver struct {
	topic     string
	transport *kafka.Transport
	brokers   []string
	schema    *jsonschema.Schema
	failed    context.CancelCauseFunc

	mu     sync.Mutex       // partitions are followed at once
	latest map[string]int64 // each customer's version: in the database that holds the values, in the same transaction
	out    *json.Encoder
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, brokers, topic, groupID, schemaFile string) error {
	schema, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		return err
	}
	r := &receiver{
		topic: topic, transport: &kafka.Transport{}, brokers: strings.Split(brokers, ","), schema: schema,
		latest: map[string]int64{}, out: json.NewEncoder(os.Stdout),
	}
	ctx, r.failed = context.WithCancelCause(ctx)
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: groupID, Brokers: r.brokers, Topics: []string{topic},
		StartOffset: kafka.FirstOffset, // a new group begins with the oldest change
	})
	if err != nil {
		return err
	}
	for {
		generation, err := group.Next(ctx)
		if err != nil {
			break
		}
		for _, partition := range generation.Assignments[topic] {
			generation.Start(func(ended context.Context) {
				if err := r.follow(ended, generation, partition.ID, partition.Offset); err != nil && ended.Err() == nil {
					r.failed(err)
				}
			})
		}
	}
	err = group.Close()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// follow applies one partition from an offset on, and commits behind each answer that is applied.
func (r *receiver) follow(ctx context.Context, generation *kafka.Generation, partition int, offset int64) error {
	if offset < 0 { // the group has none: at the oldest
		first, err := (&kafka.Client{Addr: kafka.TCP(r.brokers...), Transport: r.transport}).ListOffsets(ctx, &kafka.ListOffsetsRequest{
			Topics: map[string][]kafka.OffsetRequest{r.topic: {kafka.FirstOffsetOf(partition)}},
		})
		if err != nil {
			return err
		}
		offset = first.Topics[r.topic][0].FirstOffset
	}
	for ctx.Err() == nil {
		next, err := r.fetch(ctx, partition, offset)
		if err != nil {
			return err
		}
		if next == offset {
			continue // nothing for as long as a fetch waits
		}
		if err := generation.CommitOffsets(map[string]map[int]int64{r.topic: {partition: next}}); err != nil {
			return err
		}
		offset = next
	}
	return nil
}

// fetch applies what one answer brings, and returns the offset behind it.
func (r *receiver) fetch(ctx context.Context, partition int, from int64) (next int64, err error) {
	answer, err := r.transport.RoundTrip(ctx, kafka.TCP(r.brokers...), &fetch.Request{
		ReplicaID: -1, MaxWaitTime: int32(time.Second.Milliseconds()), MinBytes: 1, MaxBytes: 16 << 20, SessionEpoch: -1,
		IsolationLevel: int8(kafka.ReadCommitted), // not beyond what is open, and with a list of what was aborted
		Topics: []fetch.RequestTopic{{Topic: r.topic, Partitions: []fetch.RequestPartition{{
			Partition: int32(partition), CurrentLeaderEpoch: -1, FetchOffset: from, PartitionMaxBytes: 8 << 20,
		}}}},
	})
	if err != nil {
		return 0, err
	}
	of := answer.(*fetch.Response).Topics[0].Partitions[0]
	if of.ErrorCode != 0 {
		return 0, kafka.Error(of.ErrorCode)
	}
	next = from
	stream, _ := of.RecordSet.Records.(*protocol.RecordStream)
	if stream == nil {
		return next, nil
	}
	aborted := newAborted(of.AbortedTransactions)
	for _, batch := range stream.Records {
		switch batch := batch.(type) {
		case *protocol.ControlBatch: // the end of a transaction
			marker, err := batch.ReadRecord()
			if err != nil {
				return 0, err
			}
			aborted.reach(marker.Offset)
			delete(aborted.open, batch.ProducerID)
			next = max(next, marker.Offset+1)
		case *protocol.RecordBatch:
			for record, err := batch.ReadRecord(); !errors.Is(err, io.EOF); record, err = batch.ReadRecord() {
				if err != nil {
					return 0, err
				}
				aborted.reach(record.Offset)
				if record.Offset >= from && !aborted.open[batch.ProducerID] { // a batch may begin before
					if err := r.apply(record); err != nil {
						return 0, fmt.Errorf("%s/%d/%d: %w", r.topic, partition, record.Offset, err)
					}
				}
				next = max(next, record.Offset+1)
			}
		}
	}
	return next, nil
}

// abortedTransactions are led over an answer in the order of its offsets.
type abortedTransactions struct {
	ahead []fetch.ResponseTransaction // by their first offset
	open  map[int64]bool              // producers inside one
}

func newAborted(all []fetch.ResponseTransaction) abortedTransactions {
	slices.SortFunc(all, func(a, b fetch.ResponseTransaction) int { return cmp.Compare(a.FirstOffset, b.FirstOffset) })
	return abortedTransactions{all, map[int64]bool{}}
}

func (t *abortedTransactions) reach(offset int64) {
	for len(t.ahead) > 0 && t.ahead[0].FirstOffset <= offset { // that record may be compacted away
		t.open[t.ahead[0].ProducerID] = true
		t.ahead = t.ahead[1:]
	}
}

func (r *receiver) apply(record *protocol.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	key, err := protocol.ReadAll(record.Key)
	if err != nil {
		return err
	}
	value, err := protocol.ReadAll(record.Value)
	if err != nil {
		return err
	}
	customer := string(key)
	if value == nil { // a tombstone, on current: the customer is erased
		delete(r.latest, customer)
		return r.out.Encode(erased{customer, true})
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	if err != nil {
		return err
	}
	if err := r.schema.Validate(document); err != nil {
		return err
	}
	var c change
	if err := json.Unmarshal(value, &c); err != nil {
		return err
	}
	if c.Version <= r.latest[customer] { // read before: after a crash, a rebalance or a reset
		return nil
	}
	r.latest[customer] = c.Version
	a := applied{
		CustomerID: customer, Version: c.Version, Reason: c.Reason, Current: c.CLV.Current, Currency: c.Currency, AsOf: c.AsOf,
	}
	for _, h := range record.Headers {
		switch text := string(h.Value); h.Key {
		case "ce_id":
			a.ID = text
		case "traceparent":
			a.TraceParent = &text
		}
	}
	return r.out.Encode(a)
}
