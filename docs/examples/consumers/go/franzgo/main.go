// Command franzgo applies the changes of a topic of clvstream, with franz-go.
//
// usage: franzgo BROKERS TOPIC GROUP SCHEMA
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/twmb/franz-go/pkg/kgo"
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
	schema *jsonschema.Schema
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

func run(ctx context.Context, brokers, topic, group, schemaFile string) error {
	schema, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(brokers, ",")...),
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),      // the default shows what is aborted later
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), // the default: a new group begins with the oldest change
		kgo.DisableAutoCommit(),                           // a position is committed once its changes are applied
		kgo.BlockRebalanceOnPoll(),                        // and before another member goes on from there
	)
	if err != nil {
		return err
	}
	defer client.CloseAllowingRebalance()
	r := &receiver{schema: schema, latest: map[string]int64{}, out: json.NewEncoder(os.Stdout)}
	for {
		fetches := client.PollRecords(ctx, 500)
		if ctx.Err() != nil {
			return nil
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, record := range fetches.Records() {
			if err := r.apply(record); err != nil {
				return fmt.Errorf("%s/%d/%d: %w", record.Topic, record.Partition, record.Offset, err)
			}
		}
		if err := client.CommitUncommittedOffsets(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		client.AllowRebalance()
	}
}

func (r *receiver) apply(record *kgo.Record) error {
	customer := string(record.Key)
	if record.Value == nil { // a tombstone, on current: the customer is erased
		delete(r.latest, customer)
		return r.out.Encode(erased{customer, true})
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(record.Value))
	if err != nil {
		return err
	}
	if err := r.schema.Validate(document); err != nil {
		return err
	}
	var c change
	if err := json.Unmarshal(record.Value, &c); err != nil {
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
