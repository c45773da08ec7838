package declared

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
)

func TestMain(m *testing.M) { testbed.Main(m) }

func settings(t *testing.T, text string) Settings {
	t.Helper()
	cfg, from, err := config.Load(config.Options{File: "clv.yaml", Text: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return Of(cfg, from)
}

func openStore(t *testing.T) *state.Store {
	t.Helper()
	client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: testbed.EmbeddedPair(t).RedisAddrs, MaxRetries: -1})
	t.Cleanup(func() { client.Close() })
	store, err := state.Open(t.Context(), client, state.Options{Namespace: testbed.Unique(t), Shards: 2})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// What decides what customers are worth is compared, and nothing else is.
func TestDecidingSettings(t *testing.T) {
	own := settings(t, "")
	for text, want := range map[string][]string{
		"awake: {lost: {silence_days: 200}}":                                         {"awake.lost.silence_days"},
		"model: {lifespan_years: 2}":                                                 {"model", "model.lifespan_years"},
		"model: {file: ../../docs/examples/cdnow-mbgnbd.yaml}":                       {"model"},
		"tiers: {borders: [{name: gold, from: 100}]}\nevents: {max_amount: 5}":       {"events.max_amount", "tiers.borders"},
		"awake: {rate: 7}\nnamespace: other\ninput: {batch_max_records: 9}":          nil,
		"model: {refit: {cron: '0 3 * * *'}, activation_span: 2h}":                   nil,
		"policy: {standing_only: true}\nbusiness: {margin_rate: 0.4, currency: EUR}": {"business.margin_rate", "policy.standing_only"},
	} {
		var differ []string
		for name, value := range settings(t, text) {
			if own[name] != value {
				differ = append(differ, name)
			}
		}
		if slices.Sort(differ); !slices.Equal(differ, want) {
			t.Errorf("%q differs in %v, want %v", text, differ, want)
		}
	}
}

// A process at work is told of others that differ, and others are told of it, until it ends.
func TestProcessesThatDifferAreFound(t *testing.T) {
	store := openStore(t)
	own, other := settings(t, ""), settings(t, "policy: {standing_only: true}")
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan []Difference, 10)
	ended := make(chan error, 1)
	go func() {
		ended <- Keep(ctx, store, "consumer/a/1", own, func(found []Difference, err error) {
			if err != nil {
				t.Error(err)
			}
			told <- found
		})
	}()
	if found := <-told; len(found) != 0 {
		t.Errorf("alone, it finds %v", found)
	}
	want := []Difference{{"consumer/a/1", "policy.standing_only", "false", "true"}}
	if found, err := Others(t.Context(), store, other, "publisher/b/2"); err != nil || !slices.Equal(found, want) {
		t.Errorf("found %v, want %v: %v", found, want, err)
	}
	if found, err := Others(t.Context(), store, other, "consumer/a/1"); err != nil || len(found) != 0 {
		t.Errorf("it is told of itself: %v, %v", found, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if found, err := Others(t.Context(), store, other, ""); err != nil || len(found) != 0 {
		t.Errorf("after its end: %v, %v", found, err)
	}
}

// What another version of the program declares, and this one cannot read or does not know, is
// no difference.
func TestSettingsOfOtherVersionsAreNotCompared(t *testing.T) {
	store := openStore(t)
	for process, text := range map[string]string{"consumer/a/1": "not JSON", "consumer/a/2": `{"policy.of_the_future":"x"}`, "consumer/a/3": `[]`} {
		if err := store.Declare(t.Context(), state.Declared{Process: process, Settings: text}, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := Others(t.Context(), store, settings(t, ""), ""); err != nil || len(found) != 0 {
		t.Errorf("found %v: %v", found, err)
	}
}
