package inforce

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
)

func TestMain(m *testing.M) { testbed.Main(m) }

const (
	bgnbd  = "../../docs/examples/cdnow-bgnbd.yaml"
	mbgnbd = "../../docs/examples/cdnow-mbgnbd.yaml"
)

func openStore(t *testing.T) *state.Store {
	t.Helper()
	store, _ := openOn(t, testbed.EmbeddedPair(t))
	return store
}

func openOn(t *testing.T, pair *testbed.Pair) (*state.Store, redis.UniversalClient) {
	t.Helper()
	client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: pair.RedisAddrs, MaxRetries: -1})
	t.Cleanup(func() { client.Close() })
	store, err := state.Open(t.Context(), client, state.Options{Namespace: testbed.Unique(t), Shards: 2, OutboxCap: 10, CacheCustomers: 10})
	if err != nil {
		t.Fatal(err)
	}
	return store, client
}

// push keeps a file in the registry and answers its version.
func push(t *testing.T, store *state.Store, path string) string {
	t.Helper()
	file, err := modelfile.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := file.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.PushModel(t.Context(), file.Version(), text, nil); err != nil {
		t.Fatal(err)
	}
	return file.Version()
}

func activate(t *testing.T, store *state.Store, version string) {
	t.Helper()
	if _, _, err := store.Activate(t.Context(), version, 1, 0, false); err != nil {
		t.Fatal(err)
	}
}

// configured is the defaults with a model.
func configured(m config.Model) config.Config {
	cfg := config.Default()
	cfg.Model = m
	return cfg
}

// A file of the command line holds against an activation, that against what is
// configured, and a configured file against a configured name.
func TestPrecedence(t *testing.T) {
	byName := config.Model{Name: "simple", LifespanYears: 3}
	for _, c := range []struct {
		name     string
		model    config.Model
		file     string
		activate string // bgnbd, or state.Configured; empty: nothing was ever activated
		label    string
		want     string
	}{
		{"the configured name", byName, "", "", state.Configured, "simple"},
		{"the configured file", config.Model{File: mbgnbd}, "", "", state.Configured, "mbgnbd"},
		{"an activation", config.Model{File: mbgnbd}, "", bgnbd, "1115b089816f", "bgnbd"},
		{"back to what is configured", byName, "", state.Configured, state.Configured, "simple"},
		{"a file of the command line", byName, mbgnbd, "", mbgnbd, "mbgnbd"},
		{"a file against an activation", byName, mbgnbd, bgnbd, mbgnbd, "mbgnbd"},
		{"an activation where the configured file is not at hand", config.Model{File: "nowhere.yaml"}, "", bgnbd, "1115b089816f", "bgnbd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := openStore(t)
			pushed := push(t, store, bgnbd)
			if c.activate != "" {
				activate(t, store, pushed)
			}
			if c.activate == state.Configured {
				activate(t, store, state.Configured)
			}
			r := Resolver{Config: configured(c.model), File: c.file}
			model, err := r.ModelInForce(t.Context(), store)
			if err != nil {
				t.Fatal(err)
			}
			if model.Label != c.label || model.Name() != c.want || (model.Activation.Number > 0) != (c.activate == bgnbd && c.file == "") {
				t.Errorf("in force is %s %q, by %+v", model.Name(), model.Label, model.Activation)
			}
			if (model.File == nil) != (c.want == "simple") {
				t.Errorf("%s was made from the file %v", model.Name(), model.File)
			}
			v, err := r.ValuationInForce(t.Context(), store)
			if err != nil {
				t.Fatal(err)
			}
			if v.Model.Version() != model.Version() || v.Rules.LatenessDays != calendar.Day(r.Config.Business.LatenessDays) || v.Rules.Calendar.Location() == nil {
				t.Errorf("customers are valued by %s and %+v", v.Model.Name(), v.Rules)
			}
		})
	}
}

// The borders in force are part of what holds, also where the model is configured.
func TestTiersHaveTheBordersInForce(t *testing.T) {
	store := openStore(t)
	cfg := config.Default()
	cfg.Tiers.Borders = []config.TierBorder{{Name: "silver", Percentile: 50}, {Name: "gold", Percentile: 90}}
	r := Resolver{Config: cfg}
	tiers := func() []standing.Tier {
		v, err := r.ValuationInForce(t.Context(), store)
		if err != nil {
			t.Fatal(err)
		}
		return v.Awake.Tiers.Tiers
	}
	if before := tiers(); len(before) != 0 {
		t.Errorf("before the first cut the tiers are %v", before)
	}
	if _, _, err := store.CutTiers(t.Context(), []int64{5_000, 9_000}, 1, 0); err != nil {
		t.Fatal(err)
	}
	if want := []standing.Tier{{Name: "silver", FromMinor: 5_000}, {Name: "gold", FromMinor: 9_000}}; !slices.Equal(tiers(), want) {
		t.Errorf("the tiers are %v, want %v", tiers(), want)
	}
	r.Config.Tiers.Borders = r.Config.Tiers.Borders[:1]
	if _, err := r.ValuationInForce(t.Context(), store); !errors.Is(err, standing.ErrOtherTiers) {
		t.Errorf("borders of other tiers: %v", err)
	}
}

// What cannot be had is refused, and the error says what to do.
func TestWhatCanNotBeHad(t *testing.T) {
	store := openStore(t)
	version := push(t, store, mbgnbd)
	activate(t, store, version)
	euros := configured(config.Model{})
	var err error
	if euros.Business.Currency, err = money.ParseCurrency("EUR"); err != nil {
		t.Fatal(err)
	}
	contents, err := os.ReadFile(mbgnbd)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.yaml")
	if err := os.WriteFile(damaged, []byte(strings.Replace(string(contents), "mbgnbd", "lstm", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	open := func() (*state.Store, error) { return store, nil }
	named := func(name string) func(Resolver) error {
		return func(r Resolver) error { _, err := r.Named(t.Context(), name, open); return err }
	}
	inForce := func(r Resolver) error { _, err := r.ModelInForce(t.Context(), store); return err }
	for _, c := range []struct {
		name  string
		r     Resolver
		ask   func(Resolver) error
		want  string
		named bool // another has to be named
	}{
		{"a pushed file of another currency", Resolver{Config: euros}, inForce, "fitted in USD and the business counts in EUR; fit it on amounts in EUR: activate another or, if it is newer than this program, finish the upgrade", false},
		{"a named file of another currency", Resolver{Config: euros}, named(bgnbd), "fitted in USD", true},
		{"a named version of another currency", Resolver{Config: euros}, named(version), "take model " + version, true},
		{"no file", Resolver{Config: euros, File: "nowhere.yaml"}, inForce, "nowhere.yaml", true},
		{"no model file", Resolver{Config: euros, File: damaged}, inForce, "lstm", true},
		{"a configured file that is none", Resolver{Config: configured(config.Model{File: "nowhere.yaml"})}, named(state.Configured), "nowhere.yaml", true},
		{"a configured name that is none", Resolver{Config: configured(config.Model{Name: "lstm"})}, named(state.Configured), "allowed are simple, margin_churn, retention_dcf, historic", true},
		{"neither a version nor a file", Resolver{Config: config.Default()}, named("0123456789ab"), "there are " + version + "; there is no file", true},
		{"too short a version", Resolver{Config: config.Default()}, named(version[:3]), "there are " + version, true},
	} {
		err := c.ask(c.r)
		var name *NameError
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &name) != c.named {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// A version may be shortened while it is clear which one is meant.
func TestFind(t *testing.T) {
	models := []state.PushedModel{{Version: "abcd0001"}, {Version: "abcd0002"}, {Version: "abc"}, {Version: "ffff0001"}}
	for version, want := range map[string]string{"ffff": "ffff0001", "abcd0002": "abcd0002", "abc": "abc"} {
		if found, err := find(models, version); err != nil || found.Version != want {
			t.Errorf("%s finds %q, %v", version, found.Version, err)
		}
	}
	for version, want := range map[string]string{"abcd": "may be abcd0001 or abcd0002: give more characters", "fff": "there are abcd0001", "": "there are"} {
		if _, err := find(models, version); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", version, err, want)
		}
	}
	if _, err := find(nil, "abcd"); err == nil || !strings.Contains(err.Error(), "push") {
		t.Errorf("of an empty registry: %v", err)
	}
}

// An activation may outlive its file: a registry that was restored from an older copy.
func TestActivatedModelThatIsNotInTheRegistry(t *testing.T) {
	pair := testbed.EmbeddedPair(t)
	store, client := openOn(t, pair)
	version := push(t, store, bgnbd)
	activate(t, store, version)
	keys, err := client.Keys(t.Context(), "*:models").Result()
	if err != nil || len(keys) != 1 {
		t.Fatalf("the registry is in %v, %v", keys, err)
	}
	if err := client.HDel(t.Context(), keys[0], "file:"+version).Err(); err != nil {
		t.Fatal(err)
	}
	_, err = Resolver{Config: config.Default()}.ModelInForce(t.Context(), store)
	if !errors.Is(err, state.ErrUnknownModel) || !strings.Contains(err.Error(), "push it again") {
		t.Error(err)
	}
	pair.RedisDown(t)
	if _, err := (Resolver{Config: config.Default()}).ValuationInForce(t.Context(), store); err == nil || strings.Contains(err.Error(), "push it again") {
		t.Errorf("without Redis: %v", err)
	}
}
