package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/testbed/outlet"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/due"
)

// A year of ten thousand customers, in virtual time: whatever comes due is
// announced, once, when a publisher looks next, while two of them come and go and
// take each other's lanes.
func TestAYearOfSilence(t *testing.T) {
	const customers, yearDays = 10_000, 365
	synctest.Test(t, func(t *testing.T) {
		y := newYear(t)
		lives, want := y.orders(t, customers)
		y.live(t, time.Now().AddDate(0, 0, yearDays))
		end := y.lookedAt
		total := 0
		for id, c := range lives {
			c.Advance(id, clv.Occasion{UntilMicros: end.UnixMicro()}, y.valuation, func(change clv.Change) { want[id] = append(want[id], announcement(&change)) })
			total += len(want[id])
		}
		got := y.published
		for id := range lives {
			if !slices.Equal(got[id], want[id]) {
				t.Fatalf("customer %s:\n got %v\nwant %v", id, got[id], want[id])
			}
		}
		t.Logf("%d announcements of %d customers in a year", total, customers)
		if total < customers {
			t.Errorf("%d announcements: the year was too quiet to tell anything", total)
		}
	})
}

func announcement(c *clv.Change) string {
	return fmt.Sprintf("%d %s", c.Version, time.UnixMicro(c.Current.AsOfMicros).UTC().Format(time.RFC3339))
}

type year struct {
	kafka     cluster.Access
	network   kfake.VirtualNetwork
	topics    cluster.OutputTopics
	redis     *redis.Client
	store     *state.Store
	valuation *clv.Valuation
	next      map[int32]kgo.Offset // of the changes that are not read yet
	published map[string][]string
	began     time.Time
	lookedAt  time.Time // up to when due times have fired
	refresh   time.Duration
}

func newYear(t *testing.T) *year {
	t.Helper()
	y := &year{began: time.Now(), published: map[string][]string{}, topics: cluster.OutputTopicsOf("year"), valuation: outlet.Valuation(t)}
	y.valuation.Awake = standing.Awake{
		Stages: standing.Stages{
			Cooling: standing.StageEntry{SilenceQuantile: 0.9}, Dormant: standing.StageEntry{SilenceQuantile: 0.99}, Lost: standing.StageEntry{SilenceDays: 300},
			WonBackDays: 30,
		},
		Tiers: standing.Tiers{Tiers: []standing.Tier{{Name: "silver", FromMinor: 10_000}, {Name: "gold", FromMinor: 30_000}}, Hysteresis: 0.05},
	}
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ListenFn(y.network.Listen),
		// Nothing is deleted or compacted within the year.
		kfake.BrokerConfigs(map[string]string{"log.cleaner.backoff.ms": "99999999999"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	y.kafka = cluster.Access{Brokers: fake.ListenAddrs(), Dial: y.network.DialContext}
	server := miniredis.NewMiniRedis()
	t.Cleanup(server.Close)
	y.redis = redis.NewClient(&redis.Options{
		Addr:       "127.0.0.1:6379", // is not dialled, nor looked up: a resolver belongs to one bubble
		Dialer:     func(context.Context, string, string) (net.Conn, error) { return roomy(server.Dial()) },
		MaxRetries: -1, DisableIdentity: true,
	})
	t.Cleanup(func() { _ = y.redis.Close() })
	if y.store, err = state.Open(t.Context(), y.redis, state.Options{Namespace: "year", Shards: 8}); err != nil {
		t.Fatal(err)
	}
	client := y.client(t)
	defer client.Close() // idle clients have much to say in a year
	if _, err := cluster.CreateTopics(t.Context(), kadm.NewClient(client), cluster.TopicSpecs(nil, y.topics, 2, 4, -1)); err != nil {
		t.Fatal(err)
	}
	y.next = map[int32]kgo.Offset{0: kgo.NewOffset().At(0), 1: kgo.NewOffset().At(0)}
	return y
}

func (y *year) client(t *testing.T, more ...kgo.Opt) *kgo.Client {
	t.Helper()
	options, err := y.kafka.Options()
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(append(options, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// orders gives each customer one to six orders of the last months, and returns them
// and what time causes to be announced between their orders.
func (y *year) orders(t *testing.T, customers int) (lives map[string]*clv.Customer, told map[string][]string) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	now := time.Now()
	lives, told = make(map[string]*clv.Customer, customers), map[string][]string{}
	var events []history.Event
	for i := range customers {
		id := "c" + strconv.Itoa(i)
		lives[id] = &clv.Customer{}
		at := now.Add(-time.Duration(rnd.IntN(60*24)) * time.Hour)
		for order := range 1 + rnd.IntN(6) {
			e := history.Event{
				Kind: history.OrderPlaced, ID: id + "-" + strconv.Itoa(order), OrderID: id + "-" + strconv.Itoa(order), CustomerID: id,
				AtMicros: at.UnixMicro(), AmountMinor: 500 + rnd.Int64N(5000),
			}
			events = append(events, e)
			if at = at.Add(time.Duration(1+rnd.IntN(20*24)) * time.Hour); at.After(now) {
				break
			}
		}
	}
	claim, err := y.store.Claim(t.Context(), layout.Source{Topic: "in", TopicID: [16]byte{1}}, state.Start{}, y.valuation)
	if err != nil {
		t.Fatal(err)
	}
	for begin := 0; begin < len(events); begin += 2000 {
		var work []state.Work
		for i := begin; i < min(begin+2000, len(events)); i++ {
			work = append(work, state.Work{Offset: int64(i), Shard: state.Shard(events[i].CustomerID, y.store.Shards()), Event: &events[i]})
			id := events[i].CustomerID
			life := lives[id]
			did := life.Advance(id, clv.Occasion{Event: &events[i]}, y.valuation, func(change clv.Change) {
				if change.Cause.Kind == history.TimePassed {
					told[id] = append(told[id], announcement(&change))
				}
			})
			if did.Refused != nil {
				t.Fatal(did.Refused)
			}
		}
		if _, err := claim.Commit(t.Context(), &state.Batch{UpTo: int64(begin + len(work)), Work: work}); err != nil {
			t.Fatal(err)
		}
	}
	return lives, told
}

// lookEvery is how far apart the times are at which somebody publishes: a week, or
// two months where the race detector makes time dear.
var lookEvery = map[bool]time.Duration{false: 7 * 24 * time.Hour, true: 61 * 24 * time.Hour}[underRace]

// firedPerSecond lets the firing last for some of the time that publishers stay, so
// that lanes pass from one to the other in the middle of it.
var firedPerSecond = int(100 * lookEvery / (7 * 24 * time.Hour))

// live lets the year pass. Now and then two publishers come, one after the
// other, and go again, while what has come due since is being fired: slowly, so
// that lanes pass from one to the other in the middle of it.
func (y *year) live(t *testing.T, end time.Time) {
	t.Helper()
	for time.Now().Before(end) {
		y.inputIsCaughtUp(t)
		var running sync.WaitGroup
		for _, stay := range [...]struct{ after, until time.Duration }{{0, 20 * time.Second}, {10 * time.Second, 60 * time.Second}} {
			running.Go(func() {
				time.Sleep(stay.after)
				ctx, leave := context.WithCancel(t.Context())
				time.AfterFunc(stay.until-stay.after, leave)
				if err := y.publisher(t, ctx).Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		y.read(t)
		time.Sleep(time.Until(time.Now().Truncate(24 * time.Hour).Add(lookEvery)))
	}
}

func (y *year) inputIsCaughtUp(t *testing.T) {
	t.Helper()
	y.lookedAt = time.Now()
	head := state.Head{Kind: state.HeadIdle, AtMicros: y.lookedAt.UnixMicro(), SeenMicros: y.lookedAt.UnixMicro()}
	if err := y.store.SetHead(t.Context(), layout.Source{Topic: "in"}, head); err != nil {
		t.Fatal(err)
	}
}

func (y *year) publisher(t *testing.T, ctx context.Context) *Publisher {
	t.Helper()
	return y.publisherAt(t, ctx, firedPerSecond)
}

func (y *year) publisherAt(t *testing.T, ctx context.Context, customersPerSecond int) *Publisher {
	t.Helper()
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPublisher(ctx, PublisherConfig{
		Kafka: y.kafka, Topics: y.topics, Group: "publishers", Store: y.store, Currency: usd, Source: "/year",
		Linger: time.Second, SessionTimeout: 6 * time.Second,
		Due: due.Config{Mode: due.Wall, Topics: []string{"in"}, Valuation: func() *clv.Valuation { return y.valuation }, Pause: 5 * time.Second, Rate: customersPerSecond, Refresh: y.refresh},
	})
	if err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	return p
}

// decodeAnnouncement is empty for what an event caused. What time causes must be
// out when the test's publishers look next; what was due before them, when they
// look first.
func decodeAnnouncement(r *kgo.Record, began time.Time) (string, error) {
	version, asOf, ofTime, err := announced(r)
	if err != nil || !ofTime {
		return "", err
	}
	due := asOf
	if due.Before(began) {
		due = began
	}
	if late := r.Timestamp.Sub(due); late < 0 || late > lookEvery+time.Minute {
		return "", fmt.Errorf("%s was told of %s after its time", r.Key, late)
	}
	return fmt.Sprintf("%d %s", version, asOf.UTC().Format(time.RFC3339)), nil
}

// announced is a change's version and instant, and whether time caused it.
func announced(r *kgo.Record) (version uint64, asOf time.Time, ofTime bool, err error) {
	var change struct {
		Version uint64    `json:"version"`
		AsOf    time.Time `json:"as_of"`
		Cause   struct {
			Type string `json:"type"`
		} `json:"cause"`
	}
	err = json.Unmarshal(r.Value, &change)
	return change.Version, change.AsOf, change.Cause.Type == history.TimePassed.String(), err
}

// read takes the announcements that time caused, by customer in order.
func (y *year) read(t *testing.T) {
	t.Helper()
	y.each(t, func(r *kgo.Record) {
		change, err := decodeAnnouncement(r, y.began)
		if err != nil {
			t.Error(err)
		} else if change != "" {
			y.published[string(r.Key)] = append(y.published[string(r.Key)], change)
		}
	})
}

// each reads the changes that were not read yet.
func (y *year) each(t *testing.T, take func(*kgo.Record)) {
	t.Helper()
	reader := y.client(t, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{y.topics.Changes: y.next}), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	defer reader.Close()
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		fetches := reader.PollFetches(ctx)
		idle := ctx.Err() != nil
		cancel()
		if idle && fetches.NumRecords() == 0 {
			return
		}
		fetches.EachRecord(func(r *kgo.Record) {
			y.next[r.Partition] = kgo.NewOffset().At(r.Offset + 1)
			take(r)
		})
	}
}

// roomyConn takes what the other side writes at once: over a bare pipe two sides
// that both write before they read wait for each other for ever.
type roomyConn struct {
	net.Conn
	arrived chan []byte
	rest    []byte
}

func roomy(conn net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	c := &roomyConn{Conn: conn, arrived: make(chan []byte, 1<<16)}
	go func() {
		defer close(c.arrived)
		for {
			b := make([]byte, 4096)
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			c.arrived <- b[:n]
		}
	}()
	return c, nil
}

func (c *roomyConn) Read(b []byte) (int, error) {
	if len(c.rest) == 0 {
		c.rest = <-c.arrived
	}
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// SetDeadline and SetReadDeadline do nothing: the other side always answers.
func (c *roomyConn) SetDeadline(time.Time) error     { return nil }
func (c *roomyConn) SetReadDeadline(time.Time) error { return nil }
