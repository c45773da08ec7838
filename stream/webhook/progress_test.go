package webhook

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/stream/cluster"
)

// model is a partition by sets alone: what window and progress say must agree with it.
type model struct {
	next  int64
	items map[int64]*item
}

// Whatever finishes in whatever order, the next process sends what is not finished, and of
// what fits beside the offset nothing else; with less room it sends more, never less.
func TestProgressSaysWhatIsNotFinished(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		p := position{offset: 100, done: done{base: 100, high: 100}}
		unfinished := map[int64]int{} // offsets to tries, over all processes
		next := int64(100)
		for range 1 + random.IntN(4) { // processes one after the other
			w := newWindow(cluster.Partition{}, p)
			m := model{next: p.offset, items: map[int64]*item{}}
			for range random.IntN(60) {
				read(t, random, w, &m, unfinished, &next)
				for offset, it := range m.items {
					switch {
					case random.IntN(3) == 0:
						w.finish(it)
						delete(m.items, offset)
						delete(unfinished, offset)
					case random.IntN(9) == 0:
						it.tries, it.due = it.tries+1, time.Unix(1_800_000_000+random.Int64N(1e6), 0)
						unfinished[offset] = it.tries
					}
				}
			}
			room := []int{4000, 4000, 90, 60, 10, 0}[random.IntN(6)]
			text := w.encodeProgress(Status{Class: TimedOut, At: time.Unix(1_700_000_000, 0)}, room)
			if len(text) > room {
				t.Fatalf("%d bytes in room for %d: %s", len(text), room, text)
			}
			p = decodeProgress(w.position(), text)
			wantKept(t, p, w, unfinished, next, room)
			for offset := range unfinished { // tries that did not fit are forgotten
				d := p.done
				_, r := d.of(offset)
				unfinished[offset] = r.tries
			}
			for offset := p.offset; offset < next; offset++ { // what is sent again
				d := p.done
				if finished, r := d.of(offset); !finished && offset%10 != 9 {
					unfinished[offset] = r.tries
				}
			}
		}
	}
}

// read takes some offsets into a window as a delivery does. One in ten is a marker.
func read(t *testing.T, random *rand.Rand, w *window, m *model, unfinished map[int64]int, next *int64) {
	t.Helper()
	for range random.IntN(8) {
		offset := m.next
		m.next++
		w.next = m.next
		if offset%10 == 9 {
			*next = max(*next, m.next)
			continue
		}
		if offset >= *next {
			unfinished[offset] = 0
			*next = m.next
		}
		finished, r := w.done.of(offset)
		if _, open := unfinished[offset]; open == finished {
			t.Fatalf("offset %d is finished %v, and known as unfinished %v", offset, finished, open)
		}
		if finished {
			w.high = max(w.high, w.next)
			continue
		}
		if r.tries != unfinished[offset] {
			t.Fatalf("offset %d was tried %d times, known are %d", offset, unfinished[offset], r.tries)
		}
		it := &item{offset: offset, tries: r.tries, due: r.due}
		w.add(it)
		m.items[offset] = it
	}
}

// wantKept compares what is kept with what is not finished.
func wantKept(t *testing.T, p position, w *window, unfinished map[int64]int, next int64, room int) {
	t.Helper()
	for offset, tries := range unfinished {
		d := p.done
		if finished, r := d.of(offset); finished || offset < p.offset {
			t.Fatalf("offset %d is lost: %+v", offset, p)
		} else if room == 4000 && r.tries != tries {
			t.Fatalf("offset %d was tried %d times, kept are %d", offset, tries, r.tries)
		}
	}
	if room < 4000 {
		return
	}
	for offset := p.offset; offset < w.next; offset++ {
		d := p.done
		finished, _ := d.of(offset)
		if _, open := unfinished[offset]; !open && !finished && offset%10 != 9 && offset < w.high {
			t.Fatalf("offset %d is sent again: %+v", offset, p)
		}
	}
	if p.status.Class != TimedOut || p.status.At.Unix() != 1_700_000_000 || next < w.next {
		t.Fatalf("the status is %+v", p.status)
	}
}

// What is not ours counts as nothing kept.
func TestForeignMetadata(t *testing.T) {
	for _, text := range []string{"", "member-1", "clv1", "clv1 ok - 0 x ", "clv1 ok - 0 50 !!", "clv2 ok - 0 50 ", "clv1 ok - 0 50 gA", "clv1 ok - 0 3 ", strings.Repeat("clv1 ", 6)} {
		p := decodeProgress(7, text)
		if finished, _ := p.done.of(7); finished || p.offset != 7 || len(p.done.unmet) > 0 {
			t.Errorf("%q says %+v", text, p)
		}
	}
}
