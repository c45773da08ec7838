package webhook

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
)

// A change that waits long for its next try holds up nobody, also across a restart: its tries
// and when the next is due are kept, and what is finished beyond it is not sent again.
func TestOneThatWaitsHoldsUpNobody(t *testing.T) {
	onKafka(t, func(t *testing.T, pair *testbed.Pair) {
		var mended atomic.Bool
		r := newReceiver(t, func(c call) int {
			if c.id == "orders/c1/1" && !mended.Load() {
				return http.StatusBadRequest
			}
			return http.StatusOK
		})
		s := newSite(t, pair, r)
		s.webhook.Schedule = Schedule{10 * time.Millisecond, 6 * time.Second, time.Hour}
		_, stop := s.start(t)
		s.write(t, 5, customers(20)...)
		testbed.Await(t, "the others to be taken", func() bool { return s.complete(r, 5) })
		var last *item
		for last == nil || last.tries < 2 { // counts while others are taken
			s.write(t, 1, customers(20)[2:]...)
			testbed.Await(t, "more to be taken", func() bool { return s.complete(r, 5) })
			last = s.oldest(t)
		}
		stop()
		n, tried := len(r.all()), triesOf(r, "orders/c1/1")
		_, stop = s.start(t)
		s.write(t, 1, customers(20)[2:]...)
		testbed.Await(t, "more to be taken", func() bool { return s.complete(r, 5) })
		if again := len(r.all()) - n - 18; again > 1 {
			t.Errorf("%d requests were sent again", again)
		}
		if triesOf(r, "orders/c1/1") > tried+1 {
			t.Errorf("it was tried %d times after the restart, before its time", triesOf(r, "orders/c1/1")-tried)
		}
		mended.Store(true)
		testbed.Await(t, "all to be taken", func() bool { return s.complete(r, 0) })
		stop()
		s.wantOrder(t, r)
		if dead := s.records(t, DeadTopic(s.namespace, "crm")); len(dead) > 0 {
			t.Errorf("%d changes died", len(dead))
		}
	})
}

// oldest is the first change that is not finished, of the group's own account.
func (s *site) oldest(t testing.TB) *item {
	t.Helper()
	stored, err := adminOf(s.writer).FetchOffsets(t.Context(), Group(s.namespace, "crm"))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range stored[s.webhook.Source] {
		for _, r := range decodeProgress(o.At, o.Metadata).done.unmet {
			if r.tries > 0 {
				return &item{offset: r.from, tries: r.tries, due: r.due}
			}
		}
	}
	return nil
}

func triesOf(r *receiver, id string) (n int) {
	for _, c := range r.all() {
		if c.id == id {
			n++
		}
	}
	return n
}

// A process that is killed in the middle loses nothing, and order is kept. Here its part in the
// group ends without a word; internal/integration kills a whole process.
func TestProcessEndsWithoutAWord(t *testing.T) {
	onKafka(t, func(t *testing.T, pair *testbed.Pair) {
		r := newReceiver(t, func(call) int { time.Sleep(2 * time.Millisecond); return http.StatusOK })
		s := newSite(t, pair, r)
		for range 3 {
			sender, stop := s.start(t)
			s.write(t, 10, customers(40)...)
			testbed.Await(t, "some to be taken", func() bool { return len(r.all()) > 50 })
			sender.deliveries[0].crash()
			stop()
		}
		s.start(t)
		testbed.Await(t, "everything to be taken", func() bool { return s.complete(r, 0) })
		s.wantOrder(t, r)
	})
}

// crash ends requests under way and the loop at once, and keeps no position.
func (d *Delivery) crash() {
	<-d.committing // nobody commits any more
	ended := make(chan struct{})
	d.post(func() {
		for _, w := range d.windows {
			d.retire(w, true)
			delete(d.windows, w.partition)
		}
		d.gate.disabled = true
		close(ended)
	})
	<-ended
	go func() { time.Sleep(time.Second); d.committing <- struct{}{} }()
}

// Two processes share the partitions. While they come and go, a customer's changes are never
// under way twice, and keep their order.
func TestProcessesShare(t *testing.T) {
	onKafka(t, func(t *testing.T, pair *testbed.Pair) {
		r := newReceiver(t, func(call) int { time.Sleep(3 * time.Millisecond); return http.StatusOK })
		s := newSite(t, pair, r)
		first, stopFirst := s.start(t)
		ctx, cancel := context.WithCancel(t.Context())
		var writing sync.WaitGroup
		writing.Go(func() {
			for ctx.Err() == nil {
				s.write(t, 1, customers(30)...)
				time.Sleep(10 * time.Millisecond)
			}
		})
		second, stopSecond := s.start(t)
		shares := func(one *Sender) (n int) {
			one.deliveries[0].do(func() {
				for at := range one.deliveries[0].windows {
					if at.Topic == s.webhook.Source {
						n++
					}
				}
			})
			return n
		}
		testbed.Await(t, "both to have partitions", func() bool { return shares(first) == 2 && shares(second) == 2 })
		stopFirst()
		testbed.Await(t, "the second to have all", func() bool { return shares(second) == partitions })
		third, _ := s.start(t)
		testbed.Await(t, "the third to have some", func() bool { return shares(third) == 2 })
		stopSecond()
		cancel()
		writing.Wait()
		testbed.Await(t, "everything to be taken", func() bool { return s.complete(r, 0) })
		s.wantOrder(t, r)
		seen := map[string]int{}
		for _, c := range r.all() {
			seen[c.id]++
		}
		if twice := len(r.all()) - len(seen); twice > 0 {
			t.Errorf("%d requests were sent twice, though every process ended in order", twice)
		}
	})
}

// What is read and not finished is bounded: the rest waits in Kafka.
func TestWindowIsBounded(t *testing.T) {
	r := newReceiver(t, func(call) int { return http.StatusInternalServerError })
	s := newSite(t, testbed.EmbeddedPair(t), r)
	s.pauses = backoff{time.Minute, time.Minute}
	sender, _ := s.start(t)
	padding := strings.Repeat("x", 4000)
	var records []*kgo.Record
	for i := range 4 * mostWindowBytes / 4000 {
		record := s.change("c" + fmt.Sprint(i%1000))
		record.Partition, record.Value = 0, []byte(`{"padding":"`+padding+`"}`)
		records = append(records, record)
	}
	manual := s.pair.KafkaClient(t, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	for part := range slices.Chunk(records, 1000) {
		testbed.Produce(t, manual, part...)
	}
	d := sender.deliveries[0]
	testbed.Await(t, "a full window", func() (full bool) {
		d.do(func() {
			for _, w := range d.windows {
				full = full || w.full() && w.paused
			}
		})
		return full
	})
	testbed.Await(t, "all to be counted", func() bool { return d.figures().unfinished >= int64(len(records)) })
	d.do(func() {
		for _, w := range d.windows {
			if w.bytes > mostWindowBytes+mostPolled*(4000+itemBytes+100) {
				t.Errorf("%d bytes are held", w.bytes)
			}
		}
	})
	if f := d.figures(); f.held >= f.unfinished/2 {
		t.Errorf("unfinished are %d of %d, held %d", f.unfinished, len(records), f.held)
	}
}
