package state

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/model"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state/layout"
)

// scaled is plain, with predictions that are a multiple of it. Its file is its
// version, such as "x2".
type scaled struct {
	plain
	factor  float64
	version string
}

func (m scaled) Version() string { return m.version }

func (m scaled) Predict(f history.Facts) model.Prediction {
	p := m.plain.Predict(f)
	p.ValueIfAliveMinor *= m.factor
	return p
}

func readModel(file []byte) (model.Model, error) {
	m := scaled{version: string(file)}
	if _, err := fmt.Sscanf(m.version, "x%g", &m.factor); err != nil {
		return nil, fmt.Errorf("read %q: want such as x2: %w", file, err)
	}
	return m, nil
}

func (w *world) push(s *Store, version string) {
	w.t.Helper()
	if _, err := s.PushModel(soon(w.t), version, []byte(version), nil); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) activate(s *Store, version string, fromMicros int64, span time.Duration, silent bool) Activation {
	w.t.Helper()
	a, changed, err := s.Activate(soon(w.t), version, fromMicros, span, silent)
	if err != nil || !changed {
		w.t.Fatalf("activate %s: %v, changed %v", version, err, changed)
	}
	return a
}

func (w *world) rollback(s *Store) Activation {
	w.t.Helper()
	a, err := s.Rollback(soon(w.t), 0, 0, false)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) registry(s *Store) *Registry {
	w.t.Helper()
	r, err := s.Registry(soon(w.t))
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// wantInForce checks that every shard goes by a version.
func (w *world) wantInForce(s *Store, version string) {
	w.t.Helper()
	inForce, err := s.InForce(soon(w.t))
	if err != nil {
		w.t.Fatal(err)
	}
	for shard, in := range inForce {
		if in.Version != version {
			w.t.Errorf("shard %d goes by %q, want %q", shard, in, version)
		}
	}
}

func TestPushIsIdempotent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		s := w.open()
		damaged := errors.New("the file is damaged")
		for _, c := range []struct {
			version, file string
			supersedes    func([]byte) (bool, error)
			pushed        Pushed
			err           error
		}{
			{"x2", "first", nil, PushedNew, nil},
			{"x3", "x3", nil, PushedNew, nil},
			{"x2", "first", nil, PushedKept, nil},
			{"x2", "other", nil, PushedKept, ErrVersionTaken},
			{"x2", "less", func([]byte) (bool, error) { return false, nil }, PushedKept, nil},
			{"x2", "other", func([]byte) (bool, error) { return true, damaged }, PushedKept, damaged},
			{"x2", "x2", func(stored []byte) (bool, error) { return string(stored) == "first", nil }, PushedReplaced, nil},
		} {
			pushed, err := s.PushModel(soon(t), c.version, []byte(c.file), c.supersedes)
			if !errors.Is(err, c.err) || pushed != c.pushed {
				t.Errorf("push %s: %v, %v; want %v, %v", c.file, pushed, err, c.pushed, c.err)
			}
		}
		r := w.registry(s)
		if len(r.Models) != 2 || r.Models[0].Version != "x2" || string(r.Models[0].File) != "x2" || r.Models[1].Version != "x3" {
			t.Errorf("the registry has %+v", r.Models)
		}
		if age := time.Since(time.UnixMicro(r.Models[0].PushedMicros)); age < -time.Hour || age > time.Hour {
			t.Errorf("x2 was pushed %s ago", age)
		}
		for _, bad := range []string{"", Configured, "a b", "a:b"} {
			if _, err := s.PushModel(soon(t), bad, nil, nil); err == nil {
				t.Errorf("version %q is accepted", bad)
			}
		}
		if _, err := s.PushModel(soon(t), "large", make([]byte, maxModelBytes+1), nil); err == nil {
			t.Error("a large file is accepted")
		}
	})
}

func TestUnknownModelIsRefused(t *testing.T) {
	w := embeddedWorld(t)
	s := w.open()
	if _, _, err := s.Activate(soon(t), "x9", 0, 0, false); !errors.Is(err, ErrUnknownModel) || !strings.Contains(err.Error(), "empty") {
		t.Errorf("got %v, want ErrUnknownModel that says that there is none", err)
	}
	w.push(s, "x2")
	w.push(s, "x3")
	_, _, err := s.Activate(soon(t), "x9", 0, 0, false)
	if !errors.Is(err, ErrUnknownModel) || !strings.Contains(err.Error(), "x2, x3") {
		t.Errorf("got %v, want ErrUnknownModel that says what there is", err)
	}
	if _, err := s.Rollback(soon(t), 0, 0, false); !errors.Is(err, ErrNoActivation) {
		t.Errorf("rolled back from nothing: got %v, want ErrNoActivation", err)
	}
	if _, err := s.ModelFile(soon(t), "x9"); !errors.Is(err, ErrUnknownModel) {
		t.Errorf("read: got %v, want ErrUnknownModel", err)
	}
	if _, _, err := s.Activate(soon(t), "x2", 0, -time.Second, false); err == nil {
		t.Error("a span below 0 is accepted")
	}
	w.wantInForce(s, "")
}

func TestActivationIsInForceInEveryShard(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		s := w.open()
		w.push(s, "x2")
		a := w.activate(s, "x2", 7, time.Hour, true)
		if a.Number != 1 || a.Version != "x2" || a.FromMicros != 7 || a.Span != time.Hour || !a.Silent || a.AtMicros == 0 {
			t.Errorf("activated %+v", a)
		}
		w.wantInForce(s, "x2")
		again, changed, err := s.Activate(soon(t), "x2", 9, 0, false)
		if err != nil || changed || again != a {
			t.Errorf("activated again: %+v, %v, %v; want %+v unchanged", again, changed, err, a)
		}
		if active, err := w.open().Active(soon(t)); err != nil || active != a {
			t.Errorf("active is %+v, %v; want %+v", active, err, a)
		}
		if r := w.registry(s); r.Active() != a || len(r.Activations) != 1 {
			t.Errorf("the history is %+v", r.Activations)
		}
	})
}

// A rollback goes back to what was in force before, and another further back.
func TestRollback(t *testing.T) {
	w := embeddedWorld(t)
	s := w.open()
	for _, version := range []string{"x2", "x3", "x4"} {
		w.push(s, version)
		w.activate(s, version, 0, 0, false)
	}
	for _, want := range []string{"x3", "x2", Configured} {
		if a := w.rollback(s); a.Version != want {
			t.Fatalf("rolled back to %s, want %s", a.Version, want)
		}
		w.wantInForce(s, want)
	}
	if _, err := s.Rollback(soon(t), 0, 0, false); !errors.Is(err, ErrNoActivation) {
		t.Errorf("rolled back beyond the beginning: %v, want ErrNoActivation", err)
	}
	w.activate(s, "x4", 0, 0, false)
	w.activate(s, Configured, 0, 0, false)
	if a := w.rollback(s); a.Version != "x4" || a.Number != 9 {
		t.Errorf("rolled back to %+v, want x4 as activation 9", a)
	}
}

// Activations at the same time are one after the other, and the last is in force
// everywhere.
func TestActivationsMeet(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, _ *testbed.Pair) {
		const n = 6
		for i := range n {
			w.push(w.open(), fmt.Sprintf("x%d", i+2))
		}
		var running sync.WaitGroup
		for i := range n {
			s := w.open()
			running.Go(func() {
				if _, _, err := s.Activate(soon(t), fmt.Sprintf("x%d", i+2), 0, 0, false); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		r := w.registry(w.open())
		var numbers []uint64
		for _, a := range r.Activations {
			numbers = append(numbers, a.Number)
		}
		if !slices.Equal(numbers, []uint64{1, 2, 3, 4, 5, 6}) {
			t.Errorf("activations %v", numbers)
		}
		w.wantInForce(w.open(), r.Active().Version)
	})
}

// A registry that was restored from an older copy than the shards does not give
// a number again.
func TestRestoredRegistryGoesBeyondTheShards(t *testing.T) {
	w := embeddedWorld(t)
	s := w.open()
	w.push(s, "x2")
	w.push(s, "x3")
	w.activate(s, "x2", 0, 0, false)
	w.activate(s, "x3", 0, 0, false)
	if err := w.client.HDel(soon(t), modelsKey(w.namespace), activeField, activationPrefix+"1", activationPrefix+"2").Err(); err != nil {
		t.Fatal(err)
	}
	if a := w.activate(s, "x2", 0, 0, false); a.Number != 3 {
		t.Errorf("activation %d, want 3", a.Number)
	}
	w.wantInForce(s, "x2")
}

func TestRefitIsRecorded(t *testing.T) {
	w := embeddedWorld(t)
	s := w.open()
	for _, refit := range []Refit{{AtMicros: 1, Version: "x2", Verdict: "better by 3 %"}, {AtMicros: 2, Verdict: "not better: 1.02 against 1.01"}} {
		if err := s.RecordRefit(soon(t), refit); err != nil {
			t.Fatal(err)
		}
		if r := w.registry(s); r.Refit != refit {
			t.Errorf("recorded %+v, want %+v", r.Refit, refit)
		}
	}
}

func TestDamagedRegistryIsRefused(t *testing.T) {
	for field, value := range map[string]string{
		activeField:             "1 2 3 4",
		activationPrefix + "1":  "1 2 3 0 0 x2",
		activationPrefix + "2":  "1 2 y 0 2 x2",
		refitField:              "yesterday - why",
		activationPrefix + "42": "1 2 3 0 2 x2 silent silent",
	} {
		w := embeddedWorld(t)
		s := w.open()
		if err := w.client.HSet(soon(t), modelsKey(w.namespace), field, value).Err(); err != nil {
			t.Fatal(err)
		}
		_, registryErr := s.Registry(soon(t))
		_, activeErr := s.Active(soon(t))
		if err := errors.Join(registryErr, activeErr); !errors.Is(err, layout.ErrDamaged) {
			t.Errorf("%s %q: got %v, want layout.ErrDamaged", field, value, err)
		}
	}
}
