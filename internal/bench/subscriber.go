package bench

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
)

// subscriber reads changes as they come, by read_committed, as any subscriber would.
type subscriber struct {
	client *kgo.Client
	ended  chan struct{}

	mu         sync.Mutex
	begin      time.Time // when order 0 was due
	rate, from int       // orders a second; the first order that is measured
	ms         []float64
	orders     int // changes of orders, measured or not
	fired      int
	firstFired time.Time
	lastFired  time.Time
}

// subscribe reads the changes from now on.
func (s *site) subscribe(ctx context.Context) (*subscriber, error) {
	topic := s.outputs().Changes
	listed, err := s.admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", topic, err)
	}
	from := map[int32]kgo.Offset{}
	listed.Each(func(end kadm.ListedOffset) { from[end.Partition] = kgo.NewOffset().At(end.Offset) })
	n := &subscriber{ended: make(chan struct{})}
	n.client, err = cluster.Connect(ctx, s.access,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMinBytes(1), kgo.FetchMaxWait(500*time.Millisecond))
	if err != nil {
		return nil, err
	}
	go n.read()
	return n, nil
}

func (n *subscriber) close() {
	n.client.Close()
	<-n.ended
}

// read takes changes until the client is closed.
func (n *subscriber) read() {
	defer close(n.ended)
	for {
		fetches := n.client.PollFetches(context.Background())
		if fetches.IsClientClosed() {
			return
		}
		now := time.Now()
		n.mu.Lock()
		fetches.EachRecord(func(r *kgo.Record) { n.take(r, now) })
		n.mu.Unlock()
	}
}

func (n *subscriber) take(r *kgo.Record, now time.Time) {
	if bytes.HasPrefix(r.Key, []byte(restPrefix)) {
		if n.fired++; n.fired == 1 {
			n.firstFired = now
		}
		n.lastFired = now
		return
	}
	number, ok := orderNumber(r.Value)
	if !ok || n.rate == 0 {
		return // time has caused it
	}
	n.orders++
	if number >= n.from {
		n.ms = append(n.ms, now.Sub(due(n.begin, n.rate, number)).Seconds()*1000)
	}
}

// orderNumber is the number in the id of the order's event that caused a change.
func orderNumber(change []byte) (number int, ok bool) {
	const before = `"event_id":"e-`
	at := bytes.Index(change, []byte(before))
	if at < 0 {
		return 0, false
	}
	digits, _, found := bytes.Cut(change[at+len(before):], []byte{'"'})
	number, err := strconv.Atoi(string(digits))
	return number, found && err == nil
}

// measure says when orders are due, and from which one on they are measured.
func (n *subscriber) measure(begin time.Time, rate, from int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.begin, n.rate, n.from = begin, rate, from
}

// lastWithin bounds the wait for changes after their orders were made.
const lastWithin = time.Minute

// await waits until so many changes of orders were read.
func (n *subscriber) await(ctx context.Context, orders int) error {
	ctx, cancel := context.WithTimeout(ctx, lastWithin)
	defer cancel()
	for {
		n.mu.Lock()
		read := n.orders
		n.mu.Unlock()
		if read >= orders {
			return nil
		}
		if err := sleep(ctx, time.Millisecond); err != nil {
			return fmt.Errorf("wait for changes, of which %d of %d came: %w", read, orders, err)
		}
	}
}

func (n *subscriber) report(result *Steady) {
	n.mu.Lock()
	defer n.mu.Unlock()
	result.latencies(n.ms)
	if n.fired > 1 {
		result.DueRate = float64(n.fired) / n.lastFired.Sub(n.firstFired).Seconds()
	}
}
