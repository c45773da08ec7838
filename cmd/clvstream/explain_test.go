package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/internal/demo"
)

const exampleModel = "../../docs/examples/cdnow-mbgnbd.yaml"

// The value explained is the one in Redis and in the last change.
func TestExplainOnADeployment(t *testing.T) {
	servers, err := demo.StartServers()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(servers.Close)
	cfg := config.Default()
	cfg.Awake = config.Awake{Mode: config.AwakeWall, QuietAfter: time.Second} // what is asked for here is what events do
	cfg.Kafka.Brokers, cfg.Redis.Addresses, cfg.Redis.Checks = servers.Brokers(), []string{servers.RedisAddress()}, config.ChecksOff
	cfg.Model.File = exampleModel
	p, err := startPipeline(context.WithoutCancel(t.Context()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
	on := []string{"--brokers", strings.Join(cfg.Kafka.Brokers, ","), "--redis", cfg.Redis.Addresses[0]}
	ask := func(status int, args ...string) (string, string) {
		t.Helper()
		out, errs, got := command(t, append(args, on...)...)
		if got != status {
			t.Fatalf("%v: status %d, want %d: %s%s", args, got, status, out, errs)
		}
		return out, errs
	}
	ask(0, "replay", "--input", sample, "--format", "cdnow")
	if err := p.drain(t.Context()); err != nil {
		t.Fatal(err)
	}

	var told customerview.Explained
	out, _ := ask(0, "explain", "00004", "--model", exampleModel, "--json")
	if err := json.Unmarshal([]byte(out), &told); err != nil {
		t.Fatal(err)
	}
	stored, err := p.store.Customer(t.Context(), "00004")
	if err != nil {
		t.Fatal(err)
	}
	if v := stored.Value; !told.Stored.Same || told.CLVMinor != v.CLVMinor || told.PredictedMinor != v.PredictedMinor ||
		told.PAlive == nil || *told.PAlive != v.PAlive || told.ExpectedOrders != v.ExpectedOrders || told.CLVMinor != stored.AnnouncedMinor {
		t.Errorf("explained %+v, stored %+v", told.View, v)
	}
	if out, _ := ask(0, "watch", "--from-start", "--customer", "00004", "--limit", "4", "--json"); !strings.Contains(out, `"current":"`+told.CLV+`"`) {
		t.Errorf("explained %s, announced %s", told.CLV, out)
	}
	if out, _ := ask(0, "explain", "00004", "--set", "model.file="+exampleModel); !strings.Contains(out, "to the last bit") {
		t.Error(out)
	}
	for _, asOf := range []string{"now", "2020-01-01T00:00:00Z"} {
		if out, _ := ask(0, "explain", "00004", "--as-of", asOf, "--model", exampleModel); !strings.Contains(out, "recomputed at the next event") {
			t.Error(out)
		}
	}
	ask(0, "explain", "00004") // by another model than the deployment's
	ask(cli.StatusFailed, "explain", "nobody")
	for _, asOf := range []string{"1990-01-01T00:00:00Z", "yesterday"} {
		ask(cli.StatusUsage, "explain", "00004", "--as-of", asOf)
	}
}

func TestExplainByHand(t *testing.T) {
	out, errs, status := command(t, "explain", "--x", "2", "--t_x", "30.43", "--T", "38.86", "--m", "22.35", "--model", exampleModel, "--json")
	var view struct {
		PAlive     float64 `json:"p_alive"`
		SpendMinor float64 `json:"spend_minor"`
	}
	if err := json.Unmarshal([]byte(out), &view); err != nil || status != 0 {
		t.Fatalf("status %d, %v: %s%s", status, err, out, errs)
	}
	if off := view.PAlive - .706202265118; off > 1e-12 || off < -1e-12 {
		t.Errorf("P(alive) is %v", view.PAlive)
	}
	for args, want := range map[string]string{
		"--x 0 --T 100 --set model.name=historic":                                                              "predicts nothing",
		"--x 3 --t_x 300 --T 365.25 --time-unit day --m 60 --set model.name=simple":                            "status 2",
		"--x 6 --t_x 11 --T 12 --time-unit month --m 60 --set model.name=margin_churn --set model.name=simple": "status 2",
		"--x 3 --t_x 300 --T 365 --m 60 --set model.name=simple --set model.lifespan_years=2":                  "480.00",
		"--x 3 --t_x 300 --T 365 --m 60 --set model.name=margin_churn --set model.monthly_churn=0.06":          "333.33",
		"--x 1 --t_x 1 --T 5 --m 60 --model nowhere.yaml":                                                      "nowhere.yaml",
		"--x 1 --t_x 6 --T 5 --m 60 --model " + exampleModel:                                                   "at most T",
		"--x 1 --t_x 1 --T 5 --time-unit year --model " + exampleModel:                                         "month",
		"--x 1 --t_x -1 --T 5 --model " + exampleModel:                                                         "want 0 to 365250",
		"--x 1 --t_x 1 --T NaN --model " + exampleModel:                                                        "want 0 to 365250",
		"--x 1 --t_x 1 --T 5 --m Inf --model " + exampleModel:                                                  "want 0 to 1e+09",
		"--x 1 --model " + exampleModel:                                                                        "--T",
		"c42 --x 1":                                                                                            "--x",
		"c42 c43":                                                                                              "one customer",
		"":                                                                                                     "name a customer",
	} {
		out, errs, status := command(t, append([]string{"explain"}, strings.Fields(args)...)...)
		if said := out + errs; want == "status 2" && status != cli.StatusUsage || want != "status 2" && !strings.Contains(said, want) {
			t.Errorf("explain %s: status %d, want %q in: %s", args, status, want, said)
		}
	}
}
