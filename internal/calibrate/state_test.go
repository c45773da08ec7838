package calibrate

import (
	"errors"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// committed brings a source's events into a state of its own.
func committed(t *testing.T, source Source, rules *history.Rules) *state.Store {
	t.Helper()
	client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: testbed.EmbeddedPair(t).RedisAddrs, MaxRetries: -1})
	t.Cleanup(func() { client.Close() })
	store, err := state.Open(t.Context(), client, state.Options{Namespace: testbed.Unique(t), Shards: 4, OutboxCap: 1 << 20, CacheCustomers: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	valuation := &clv.Valuation{Basis: standing.Basis{Rules: *rules, Model: model.Historic{}}}
	lane, err := store.Claim(t.Context(), layout.Source{Topic: "in"}, state.Start{}, valuation)
	if err != nil {
		t.Fatal(err)
	}
	batch := &state.Batch{}
	err = source.Each(t.Context(), func(e *history.Event) {
		event := *e
		batch.Work = append(batch.Work, state.Work{Offset: batch.UpTo, Shard: state.Shard(event.CustomerID, 4), Event: &event})
		batch.UpTo++
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lane.Commit(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	return store
}

func margins(t *testing.T) money.Margins {
	t.Helper()
	whole, err := money.ParseDecimal("1")
	if err != nil {
		t.Fatal(err)
	}
	m, err := money.NewMargins(whole)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// What a state holds out is what the log does, although most of each history is
// sealed.
func TestStateHoldsOutWhatTheLogDoes(t *testing.T) {
	source := cdnow(t, "CDNOW_sample.txt")
	r := rules()
	r.Margins = margins(t)
	store := committed(t, source, r)
	last := dayOf(1998, 6, 30)
	usd := currency(t, "USD")
	for _, held := range []calendar.Day{1, 30, 90} {
		window := Window{Split: last - held, Until: last}
		want, err := Summarise(t.Context(), source, r, window)
		if err != nil {
			t.Fatal(err)
		}
		got, err := FromState(t.Context(), store, r, window, func(int64, int64) {})
		if err != nil {
			t.Fatal(err)
		}
		wantSums, wantRecency, wantAge := want.sums()
		gotSums, recency, age := got.sums()
		if gotSums != wantSums || recency != wantRecency || age != wantAge {
			t.Errorf("%d days held out: %+v, want %+v", held, gotSums, wantSums)
		}
		wantHeld, gotHeld := want.Holdout(usd), got.Holdout(usd)
		wantNaive, gotNaive := wantHeld.Errors(wantHeld.Naive()[1]), gotHeld.Errors(gotHeld.Naive()[1])
		if gotNaive != wantNaive || gotNaive.Actual == 0 {
			t.Errorf("%d days held out: %+v, want %+v", held, gotNaive, wantNaive)
		}
	}
	if _, err := FromState(t.Context(), store, r, Window{Split: last - 91, Until: last}, func(int64, int64) {}); !errors.Is(err, ErrLookBack) {
		t.Errorf("more than the lateness: got %v, want ErrLookBack", err)
	}
}
