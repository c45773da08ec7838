package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/declared"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/state"
)

// A command reads a namespace by what it was created with, refuses what contradicts it, and
// warns where the programs at work value customers otherwise.
func TestCommandsAgreeWithTheNamespace(t *testing.T) {
	pair, namespace := testbed.EmbeddedPair(t), testbed.Unique(t)
	at := []string{"--redis", pair.RedisAddrs[0], "--namespace", namespace}
	text := fmt.Sprintf("namespace: %s\nredis: {addresses: ['%s'], checks: off}\nbusiness: {currency: GBP, time_zone: Europe/London}\nawake: {lost: {silence_days: 200}}\n", namespace, pair.RedisAddrs[0])
	cfg, from, err := config.Load(config.Options{File: "clv.yaml", Text: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	client, err := assembly.Redis(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	store, err := assembly.Store(t.Context(), cfg, client)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(status int, args ...string) (out, errs string) {
		t.Helper()
		out, errs, got := command(t, slices.Concat(args[:1], at, args[1:])...)
		if got != status {
			t.Errorf("%v: status %d, want %d: %s%s", args, got, status, out, errs)
		}
		return out, errs
	}
	if out, errs := ask(0, "stats", "--json"); !strings.Contains(out, `"currency": "GBP"`) || errs != "" {
		t.Errorf("it reads %s%s", out, errs)
	}
	if out, errs := ask(2, "stats", "--set", "business.currency=EUR"); out != "" || !strings.Contains(errs, "business.currency GBP") || !strings.Contains(errs, "says EUR") {
		t.Errorf("EUR is read: %s%s", out, errs)
	}
	ask(2, "verify", "--set", "business.lateness_days=30", "--brokers", pair.Brokers[0])
	ask(1, "stats", "--namespace", namespace+"x")
	settings := declared.Of(cfg, from)
	if err := store.Declare(t.Context(), state.Declared{Process: "consumer/a/1", Settings: settings.Text()}, time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, errs := ask(0, "stats"); !strings.Contains(errs, "awake.lost.silence_days") || !strings.Contains(errs, "consumer/a/1") {
		t.Errorf("no warning of another setting: %q", errs)
	}
	if _, errs := ask(0, "stats", "--set", "awake.lost.silence_days=200"); errs != "" {
		t.Errorf("a warning with the same settings: %q", errs)
	}
	// Where the file of the model is not at hand, what takes no model works, and is compared.
	elsewhere := []string{"--set", "model.file=elsewhere.yaml"}
	for _, figure := range []string{"stats", "segments", "top", "cohorts", "trend"} {
		if _, errs := ask(0, append([]string{figure}, elsewhere...)...); !strings.Contains(errs, "awake.lost.silence_days") || strings.Contains(errs, "elsewhere") {
			t.Errorf("%s without the model's file: %q", figure, errs)
		}
	}
}
