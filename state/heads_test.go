package state

import (
	"maps"
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

func TestHeads(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		store := w.open()
		check := func(want map[string]Head) {
			t.Helper()
			if got, err := w.open().Heads(soon(t)); err != nil || !maps.Equal(got, want) {
				t.Errorf("heads are %v, %v; want %v", got, err, want)
			}
		}
		check(map[string]Head{})
		if err := store.Expect(soon(t), []layout.Source{source(0), source(1)}); err != nil {
			t.Fatal(err)
		}
		check(map[string]Head{"orders/0": {}, "orders/1": {}})
		for partition, head := range []Head{{Kind: HeadAt, AtMicros: -5}, {Kind: HeadIdle, AtMicros: -5, SeenMicros: 7, UpTo: 12}} {
			if err := store.SetHead(soon(t), source(int32(partition)), head); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.Expect(soon(t), []layout.Source{source(0), source(2)}); err != nil { // forgets nothing
			t.Fatal(err)
		}
		check(map[string]Head{"orders/0": {Kind: HeadAt, AtMicros: -5}, "orders/1": {Kind: HeadIdle, AtMicros: -5, SeenMicros: 7, UpTo: 12}, "orders/2": {}})
	})
}

// The version before reads two numbers and nothing behind them, and writes no more.
func TestHeadOfTheVersionBefore(t *testing.T) {
	if got := (Head{Kind: HeadIdle, AtMicros: 3, SeenMicros: 4, ActiveMicros: 6, UpTo: 5}).String(); got != "idle 3 4 6 upto:5" {
		t.Errorf("a head is stored as %q", got)
	}
	if got := parseHead("idle 3 4"); got != (Head{Kind: HeadIdle, AtMicros: 3, SeenMicros: 4}) {
		t.Errorf("got %+v", got)
	}
}

func TestHeadThatIsGibberishIsUnknown(t *testing.T) {
	if got := parseHead("gibberish"); got != (Head{}) {
		t.Errorf("got %+v, want an unknown head", got)
	}
}
