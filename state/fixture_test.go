package state

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the retries that tests provoke
	testbed.Main(m)
}

// plain is a model whose figures follow from the facts in plain sight.
type plain struct{ model.OwnRhythm }

func (plain) Name() string    { return "plain" }
func (plain) Version() string { return "1" }

func (plain) Predict(f history.Facts) model.Prediction {
	return model.Prediction{
		PAlive:            1 / float64(1+f.AgeDays-f.RecencyDays),
		AliveKnown:        true,
		OrdersIfAlive:     float64(f.PurchaseDays),
		ValueIfAliveMinor: float64(max(0, f.RevenueMinor)) / 3,
		SpendMinor:        f.RepeatMeanMinor,
	}
}

func newValuation(t testing.TB) *clv.Valuation {
	t.Helper()
	share, err := money.ParseDecimal("0.35")
	if err != nil {
		t.Fatal(err)
	}
	margins, err := money.NewMargins(share)
	if err != nil {
		t.Fatal(err)
	}
	return &clv.Valuation{Basis: standing.Basis{Model: plain{}, Rules: history.Rules{
		Margins: margins, LatenessDays: history.DefaultLatenessDays, LedgerLimit: history.DefaultLedgerLimit,
	}}}
}

// world is a namespace in one store, and the test's way to look at it.
type world struct {
	t         testing.TB
	namespace string
	shards    int
	outboxCap int64
	valuation *clv.Valuation
	client    redis.UniversalClient
}

const (
	testShards = 4
	// manyShards are more than a commit has chains: one commits several.
	manyShards = 2*chainsPerCommit + 1
)

// eachWorld runs a test on miniredis, Redis and a Redis Cluster.
func eachWorld(t *testing.T, test func(t *testing.T, w *world, p *testbed.Pair)) {
	t.Helper()
	testbed.EachPair(t, func(t *testing.T, p *testbed.Pair) { test(t, newWorld(t, clientOf(t, p, nil)), p) })
}

// embeddedWorld is a world in this process, for what does not depend on Redis.
func embeddedWorld(t testing.TB) *world {
	return newWorld(t, clientOf(t, testbed.EmbeddedPair(t), nil))
}

func newWorld(t testing.TB, client redis.UniversalClient) *world {
	return &world{
		t: t, namespace: testbed.Unique(t), shards: testShards, outboxCap: 1_000_000,
		valuation: newValuation(t), client: client,
	}
}

// clientOf is a client as production uses it: it never sends anything twice.
func clientOf(t testing.TB, p *testbed.Pair, dial func(context.Context, string, string) (net.Conn, error)) redis.UniversalClient {
	client := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: p.RedisAddrs, IsClusterMode: p.Cluster, MaxRetries: -1, Dialer: dial,
		DialTimeout: time.Second, ContextTimeoutEnabled: true,
	})
	t.Cleanup(func() { client.Close() })
	return client
}

// open opens the world's store as another process does: with caches of its own.
func (w *world) open() *Store {
	w.t.Helper()
	return w.openWith(w.client)
}

func (w *world) openWith(client redis.UniversalClient) *Store {
	w.t.Helper()
	const tries = 3 // as a process does at its start: the answer to the trial transaction may be lost, too
	var s *Store
	var err error
	for range tries {
		s, err = Open(soon(w.t), client, Options{
			Namespace: w.namespace, Shards: w.shards, OutboxCap: w.outboxCap, CacheCustomers: 10_000, Fingerprint: "test",
			Model: readModel,
		})
		if err == nil || Judge(err) != Passes {
			break
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func source(partition int32) layout.Source {
	return layout.Source{Topic: "orders", Partition: partition, TopicID: [16]byte{1, 2, 3}}
}

func (w *world) claim(s *Store, partition int32) *Claim {
	w.t.Helper()
	l, err := s.Claim(soon(w.t), source(partition), Start{}, w.valuation)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// soon bounds whatever hangs; it measures nothing.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// batch is a batch of these events from an offset on.
func (w *world) batch(from int64, events ...history.Event) *Batch {
	b := &Batch{UpTo: from + int64(len(events)), DeadLetter: letterOf, Unmatched: unmatchedOf}
	for i := range events {
		b.Work = append(b.Work, Work{Offset: from + int64(i), Shard: Shard(events[i].CustomerID, w.shards), Event: &events[i]})
	}
	return b
}

func unmatchedOf(w *history.Waiting) *layout.DeadLetter {
	return &layout.DeadLetter{Reason: history.Unmatched, Key: []byte(w.Event.CustomerID), Origin: w.Event.Place}
}

func letterOf(work *Work, refused *history.Refusal) *layout.DeadLetter {
	return &layout.DeadLetter{Reason: refused.Reason, Detail: refused.Detail, Key: []byte("key"), Value: fmt.Appendf(nil, "record %d", work.Offset)}
}

func (w *world) commit(l *Claim, b *Batch) Result {
	w.t.Helper()
	result, err := l.Commit(soon(w.t), b)
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

// day0 is where the tests' lives begin: 2024-10-04.
const (
	day0         = 20_000
	microsPerDay = 86_400_000_000
)

// orderOf is the i-th order of a customer, one a day.
func orderOf(customer string, i int) history.Event {
	return history.Event{
		Kind: history.OrderPlaced, ID: fmt.Sprintf("%s-e%d", customer, i), CustomerID: customer, OrderID: fmt.Sprintf("%s-o%d", customer, i),
		AtMicros: (day0 + int64(i)) * microsPerDay, AmountMinor: 1000 + int64(i),
	}
}

// round is the i-th order of each of n customers.
func round(i, n int) []history.Event {
	events := make([]history.Event, n)
	for c := range events {
		events[c] = orderOf(fmt.Sprintf("c%d", c), i)
	}
	return events
}

// wantOrders checks that each of n customers has exactly the first `rounds`
// orders, once, and that their changes wait in the outbox, each once, in order.
func (w *world) wantOrders(n, rounds int) {
	w.t.Helper()
	s := w.open()
	for c := range n {
		id := fmt.Sprintf("c%d", c)
		stored, err := s.Customer(soon(w.t), id)
		if err != nil {
			w.t.Fatal(err)
		}
		if stored == nil {
			w.t.Errorf("%s is not stored", id)
			continue
		}
		var want clv.Customer
		for i := range rounds {
			e := orderOf(id, i)
			apply(&want, &e, w.valuation)
		}
		if got, want := string(layout.AppendCustomer(nil, stored)), string(layout.AppendCustomer(nil, &want)); got != want {
			f := stored.History.Facts(&w.valuation.Rules, 0)
			w.t.Errorf("%s has %d orders, %d in all, version %d; want %d orders", id, f.Orders, f.RevenueMinor, stored.Version, rounds)
		}
	}
	w.wantVersions(n, rounds)
	w.wantStatistics()
}

// wantStatistics checks that every shard's statistics are, to the byte, those that
// a scan of its customers gives.
func (w *world) wantStatistics() {
	w.t.Helper()
	s := w.open()
	scanned := &statistics.Statistics{}
	for shard := range s.Shards() {
		audit, err := s.AuditStatistics(soon(w.t), shard, &w.valuation.Rules)
		if err != nil {
			w.t.Fatal(err)
		}
		if off := audit.Kept.Different(audit.Scanned); len(off) > 0 {
			w.t.Errorf("shard %d: a scan of %d customers has more by %+v", shard, audit.Customers, off)
		}
		want := map[string]string{}
		for cell, places := range audit.Scanned.Cells() {
			want[string(layout.AppendCellName(nil, &cell))] = string(layout.AppendPlaces(nil, cell.Kind, places, ""))
		}
		if got := w.client.HGetAll(soon(w.t), s.shards[shard].keys.stat).Val(); !maps.Equal(got, want) {
			w.t.Errorf("shard %d keeps %d cells, a scan gives %d", shard, len(got), len(want))
		}
		scanned.AddAll(audit.Scanned)
	}
	all, err := s.Statistics(soon(w.t))
	if err != nil {
		w.t.Fatal(err)
	}
	if off := all.Different(scanned); len(off) > 0 {
		w.t.Errorf("in all, scans have more by %+v", off)
	}
}

// wantVersions checks the outbox: per customer the versions 1, 2, … in order.
func (w *world) wantVersions(n, last int) {
	w.t.Helper()
	versions := map[string]uint64{}
	for _, e := range w.entries(w.open()) {
		for _, item := range e.Items {
			if item.Change == nil {
				continue
			}
			id := item.Change.CustomerID
			if item.Change.Version != versions[id]+1 {
				w.t.Errorf("%s: version %d after %d", id, item.Change.Version, versions[id])
			}
			versions[id] = item.Change.Version
		}
	}
	for c := range n {
		if id := fmt.Sprintf("c%d", c); versions[id] != uint64(last) {
			w.t.Errorf("%s: the last version in the outbox is %d, want %d", id, versions[id], last)
		}
	}
}

// entries are all that wait, shard by shard, in order.
func (w *world) entries(s *Store) (all []layout.Entry) {
	w.t.Helper()
	for shard := range s.Shards() {
		waiting, err := s.Waiting(soon(w.t), []int{shard}, []string{""}, 100_000)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, waiting[0]...)
	}
	return all
}

// letters are the dead letters that wait.
func (w *world) letters(s *Store) (found []*layout.DeadLetter) {
	for _, e := range w.entries(s) {
		for _, item := range e.Items {
			if item.DeadLetter != nil {
				found = append(found, item.DeadLetter)
			}
		}
	}
	return found
}

// awaitRetry returns when the claim's commit under way has failed.
func awaitRetry(t testing.TB, l *Claim) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for l.RetryingFor(time.Now()) == 0 {
		if time.Now().After(deadline) {
			t.Fatal("the commit does not say that it is being retried")
		}
		time.Sleep(time.Millisecond)
	}
}

// deafness makes the connections of a client lose what the server answers to the
// next EXECs: the transaction is written, the connection breaks.
type deafness struct{ times atomic.Int32 }

func (d *deafness) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &deafConn{Conn: conn, deafness: d}, nil
}

type deafConn struct {
	net.Conn
	*deafness
	deaf atomic.Bool
}

func (c *deafConn) Write(b []byte) (int, error) {
	if containsExec(b) && c.times.Add(-1) >= 0 {
		c.deaf.Store(true)
	}
	return c.Conn.Write(b)
}

func containsExec(b []byte) bool {
	const exec = "$4\r\nEXEC\r\n"
	for i := 0; i+len(exec) <= len(b); i++ {
		if string(b[i:i+len(exec)]) == exec {
			return true
		}
	}
	return false
}

func (c *deafConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b) // the server has answered
	if c.deaf.Load() {
		c.Conn.Close()
		return 0, os.ErrDeadlineExceeded
	}
	return n, err
}

// apply takes a customer through an event that nothing is due before.
func apply(c *clv.Customer, e *history.Event, v *clv.Valuation) (announced []clv.Change, refused *history.Refusal) {
	did := c.Advance(e.CustomerID, clv.Occasion{Event: e}, v, func(change clv.Change) { announced = append(announced, change) })
	return announced, did.Refused
}
