package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/modeldiff"
	"github.com/clvstream/clvstream/internal/modelfile"
)

const (
	mbgnbd = "../../docs/examples/cdnow-mbgnbd.yaml"
	bgnbd  = "../../docs/examples/cdnow-bgnbd.yaml"
)

func versionOf(t *testing.T, path string) string {
	t.Helper()
	file, err := modelfile.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return file.Version()
}

// A model is pushed, brought into force on a running deployment, and rolled back.
func TestModelsInMotion(t *testing.T) {
	p := deployment(t)
	on := []string{"--brokers", strings.Join(p.cfg.Kafka.Brokers, ","), "--redis", p.cfg.Redis.Addresses[0]}
	ask := func(want int, args ...string) string {
		t.Helper()
		out, errs, status := command(t, append(args, on...)...)
		if status != want {
			t.Fatalf("%v: status %d, want %d: %s%s", args, status, want, out, errs)
		}
		return out + errs
	}
	ask(0, "simulate", "--customers", "200", "--days", "60")
	if err := p.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := ask(cli.StatusUsage, "model", "activate", "0123456789ab"); !strings.Contains(out, "empty") {
		t.Error(out)
	}
	ask(cli.StatusUsage, "model", "rollback")
	first, second := versionOf(t, mbgnbd), versionOf(t, bgnbd)
	if out := ask(0, "model", "push", mbgnbd); !strings.Contains(out, first) {
		t.Error(out)
	}
	if out := ask(0, "model", "push", mbgnbd); !strings.Contains(out, "already") {
		t.Error(out)
	}
	pushAgain(t, ask)
	ask(0, "model", "push", bgnbd, "--json")
	if out := ask(cli.StatusUsage, "model", "activate", "0123456789ab"); !strings.Contains(out, first) || !strings.Contains(out, second) {
		t.Errorf("an unknown version is answered with %s", out)
	}
	all := awaitList(t, ask, func(v *modelsView) bool { return v.InForce == "configured" })
	if len(all.Models) != 3 || !all.Models[0].InForce || all.Models[0].Customers == 0 {
		t.Fatalf("the list is %+v", all)
	}
	customers := all.Models[0].Customers
	ask(0, "model", "activate", first[:6], "--over", "0s")
	moved := awaitList(t, ask, func(v *modelsView) bool {
		return v.Progress != nil && v.Progress.Percent == 100 && v.Progress.Met == 100
	})
	if moved.InForce != first || moved.Progress.Revalued != customers {
		t.Errorf("in force is %s, %+v; want %s for %d customers", moved.InForce, moved.Progress, first, customers)
	}
	if out := ask(0, "model", "activate", first); !strings.Contains(out, "already") {
		t.Error(out)
	}
	if out := ask(0, "model", "list"); !strings.Contains(out, "100.0 %") || !strings.Contains(out, "in force") {
		t.Error(out)
	}
	ask(0, "model", "activate", second, "--over", "0s", "--silent", "--json")
	awaitList(t, ask, func(v *modelsView) bool { return v.InForce == second && v.Progress.Percent == 100 })
	ask(0, "model", "rollback", "--over", "0s")
	awaitList(t, ask, func(v *modelsView) bool { return v.InForce == first && v.Progress.Percent == 100 })
	if out := ask(0, "model", "diff", second); !strings.Contains(out, first) || !strings.Contains(out, "alpha") {
		t.Error(out)
	}
	if out := ask(0, "get", "s1-c0000042"); !strings.Contains(out, "mbgnbd "+first) {
		t.Errorf("a customer is shown by another model than the one in force: %s", out)
	}
	if out := ask(0, "explain", "s1-c0000042"); !strings.Contains(out, "All such customers.") {
		t.Errorf("the covariance that was pushed afterwards is not known to: %s", out)
	}
	if out := ask(0, "config"); !strings.Contains(out, "# model in force: "+first) {
		t.Error(out)
	}
}

// pushAgain pushes a stored version with a covariance, and the file without it once more.
func pushAgain(t *testing.T, ask func(int, ...string) string) {
	t.Helper()
	file, err := modelfile.Load(mbgnbd)
	if err != nil {
		t.Fatal(err)
	}
	file.Parameters.LogCovariance = [][]float64{{.02, 0, 0, 0}, {0, .01, 0, 0}, {0, 0, .03, 0}, {0, 0, 0, .1}}
	text, err := file.Encode()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "with-covariance.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, push := range []struct{ path, says string }{{path, `"replaced": true`}, {mbgnbd, `"replaced": false`}} {
		if out := ask(0, "model", "push", push.path, "--json"); !strings.Contains(out, push.says) || !strings.Contains(out, `"pushed": false`) {
			t.Errorf("%s is answered with %s", push.path, out)
		}
	}
}

// awaitList returns the first list that is as wanted.
func awaitList(t *testing.T, ask func(int, ...string) string, as func(*modelsView) bool) *modelsView {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		var view modelsView
		out := ask(0, "model", "list", "--json")
		if err := json.Unmarshal([]byte(out), &view); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		if as(&view) {
			return &view
		}
		if time.Now().After(deadline) {
			t.Fatalf("the list stays %s", out)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// The comparison needs no Redis where both models are files.
func TestModelDiffOnCDNOW(t *testing.T) {
	out, errs, status := command(t, "model", "diff", bgnbd, mbgnbd, "--input", sample, "--format", "cdnow", "--json", "--top", "3", "--redis", "127.0.0.1:1")
	var view modeldiff.Diff
	if err := json.Unmarshal([]byte(out), &view); err != nil || status != 0 {
		t.Fatalf("status %d, %v: %s", status, err, errs)
	}
	if view.Left.Version != versionOf(t, bgnbd) || view.Right.Version != versionOf(t, mbgnbd) || view.Left.Parameters["r"] == view.Right.Parameters["r"] {
		t.Errorf("the sides are %+v and %+v", view.Left, view.Right)
	}
	v := view.Values
	if v == nil || v.Customers != 2357 || v.Up+v.Down > v.Customers || v.Down < 1000 || len(v.Most) != 3 {
		t.Errorf("values move as %+v", v) // BG/NBD takes every one-time buyer for alive
	}
	text, _, _ := command(t, "model", "diff", bgnbd, mbgnbd, "--input", sample, "--format", "cdnow", "--redis", "127.0.0.1:1")
	if !strings.Contains(text, "median move") || !strings.Contains(text, "alpha") {
		t.Error(text)
	}
	same, _, _ := command(t, "model", "diff", bgnbd, bgnbd, "--input", sample, "--format", "cdnow", "--redis", "127.0.0.1:1")
	if !strings.Contains(same, "0 are worth more, 0 less") || strings.Contains(same, "*") {
		t.Error(same)
	}
}

func TestBadModelFilesAreRefused(t *testing.T) {
	good, err := os.ReadFile(mbgnbd)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(good), "\n")
	without := func(key string) string {
		var kept []string
		for _, l := range lines {
			if !strings.HasPrefix(l, key) {
				kept = append(kept, l)
			}
		}
		return strings.Join(kept, "\n")
	}
	for _, c := range []struct {
		name, text, want string
		more             []string
	}{
		{"nothing", "", "line 1: the file is empty", nil},
		{"no currency", without("currency"), "currency", nil},
		{"another version", strings.Replace(string(good), "0.1", "0.2", 1), "version", nil},
		{"another currency", string(good), "was fitted in USD and the business counts in EUR", []string{"--set", "business.currency=EUR"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "model.yaml")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			args := append([]string{"model", "push", path, "--redis", "127.0.0.1:1"}, c.more...)
			_, errs, status := command(t, args...)
			if status != cli.StatusUsage || !strings.Contains(errs, c.want) {
				t.Errorf("status %d, want 2 and %q in: %s", status, c.want, errs)
			}
		})
	}
	for _, args := range [][]string{{"model", "push"}, {"model", "activate"}, {"model", "diff"}, {"model", "activate", "x", "--over", "-1h"}, {"model", "remove"}} {
		if _, errs, status := command(t, args...); status != cli.StatusUsage {
			t.Errorf("%v: status %d: %s", args, status, errs)
		}
	}
}
