package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/verify"
)

// A pipeline that was awaited has applied everything, fired what is due, and published
// it; and it can be stopped.
func TestPipeline(t *testing.T) {
	cfg := config.Default()
	cfg.Awake.Mode = config.AwakeEvent
	p, err := Start(context.WithoutCancel(t.Context()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	const customers = 30
	events := func(yield func(feed.Event) bool) {
		for i := range customers {
			id := fmt.Sprint(i)
			e := history.Event{Kind: history.OrderPlaced, ID: id, OrderID: id, CustomerID: id, AtMicros: time.Now().AddDate(0, -1, i%5).UnixMicro(), AmountMinor: 1000}
			if !yield(feed.Event{Event: e, Currency: p.Config.Business.Currency}) {
				return
			}
		}
	}
	if _, err := feed.Publish(t.Context(), p.Kafka, p.Config.Input.Topics, events, feed.Pace{}, func(int64) {}); err != nil {
		t.Fatal(err)
	}
	if err := p.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	known := 0
	for i := range customers {
		if c, err := p.Store.Customer(t.Context(), fmt.Sprint(i)); err == nil && c != nil {
			known++
		}
	}
	if known != customers {
		t.Errorf("%d customers are known", known)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

// Whoever waits for a pipeline that has ended is told at once, not after minutes.
func TestAwaitEndsWithThePipeline(t *testing.T) {
	p, err := Start(context.WithoutCancel(t.Context()), config.Default())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := feed.Publish(t.Context(), p.Kafka, p.Config.Input.Topics, func(yield func(feed.Event) bool) {
		yield(feed.Event{Event: history.Event{Kind: history.OrderPlaced, ID: "1", OrderID: "1", CustomerID: "1", AtMicros: time.Now().UnixMicro()}, Currency: p.Config.Business.Currency})
	}, feed.Pace{}, func(int64) {}); err != nil {
		t.Fatal(err)
	}
	p.cancel()
	began := time.Now()
	err = p.Await(t.Context())
	if took := time.Since(began); took > awaitFor/4 || err == nil && took > time.Second {
		t.Errorf("waited %s: %v", took, err)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

// What cannot be started leaves nothing running, and says what is wrong.
func TestWhatCanNotBeStarted(t *testing.T) {
	cfg := config.Default()
	cfg.Model = config.Model{File: "nowhere.yaml"}
	var named *inforce.NameError
	if _, err := Start(t.Context(), cfg); !errors.As(err, &named) || !strings.Contains(err.Error(), "nowhere.yaml") {
		t.Errorf("with a model that is not there: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	cfg.Kafka.Brokers = []string{"127.0.0.1:1"}
	if _, err := On(ctx, cfg); err == nil || !strings.Contains(err.Error(), "no broker answers") {
		t.Errorf("without a broker: %v", err)
	}
}

// A run is only verified if all that was published is in the log.
func TestSummary(t *testing.T) {
	r := verify.Report{Verified: true, Records: 10, Events: 9, DeadLetters: 1, Changes: 12, DueChanges: 3}
	good := Summarise(r, 10, 2*time.Second)
	if !good.Verified || good.Changes != 9 || good.DueChanges != 3 || good.EventsPerSecond != 5 {
		t.Errorf("%+v", good)
	}
	lost := Summarise(r, 11, time.Second)
	var out bytes.Buffer
	if err := lost.WriteText(&out); err != nil || lost.Verified || !strings.Contains(out.String(), "11 events were published, 10 are in the log") {
		t.Errorf("%+v, %v: %s", lost, err, out.String())
	}
}

// The demo's own settings give way to the user's.
func TestLiven(t *testing.T) {
	cfg, from, err := config.Load(config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if Liven(&cfg, from); cfg.Awake.Mode != config.AwakeEvent || len(cfg.Tiers.Borders) != 3 {
		t.Errorf("%+v, %+v", cfg.Awake.Mode, cfg.Tiers)
	}
	cfg, from, err = config.Load(config.Options{Env: []string{"CLVSTREAM_AWAKE_MODE=off", "CLVSTREAM_TIERS_BORDERS=[{name: one, from: 1}]"}})
	if err != nil {
		t.Fatal(err)
	}
	if Liven(&cfg, from); cfg.Awake.Mode != config.AwakeOff || len(cfg.Tiers.Borders) != 1 {
		t.Errorf("%+v, %+v", cfg.Awake.Mode, cfg.Tiers)
	}
}
