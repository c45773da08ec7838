package state

import (
	"slices"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/testbed"
)

// Who is at work is known by name until they withdraw, or have not renewed for too long.
func TestProcessesAtWorkAreDeclared(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		ctx, store := t.Context(), w.open()
		declare := func(process, settings string, holds time.Duration) {
			t.Helper()
			if err := store.Declare(ctx, Declared{process, settings}, holds); err != nil {
				t.Fatal(err)
			}
		}
		declare("publisher/b/2", `{"x":"1 2"}`, time.Minute)
		declare("consumer/a/1", "{}", time.Minute)
		declare("consumer/gone/3", "{}", -time.Second)
		check := func(want ...Declared) {
			t.Helper()
			got, err := store.Declared(ctx)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%v are at work, want %v: %v", got, want, err)
			}
		}
		check(Declared{"consumer/a/1", "{}"}, Declared{"publisher/b/2", `{"x":"1 2"}`})
		declare("consumer/a/1", `{"y":"3"}`, time.Minute) // renewed, and the one that is gone is removed
		if n := store.client.HLen(ctx, processesKey(store.options.Namespace)).Val(); n != 2 {
			t.Errorf("%d are stored", n)
		}
		check(Declared{"consumer/a/1", `{"y":"3"}`}, Declared{"publisher/b/2", `{"x":"1 2"}`})
		if err := store.Withdraw(ctx, "consumer/a/1"); err != nil {
			t.Fatal(err)
		}
		check(Declared{"publisher/b/2", `{"x":"1 2"}`})
	})
}
