package config

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// load runs Load on a file clv.yaml in a directory of its own, which becomes
// the working directory.
func load(t *testing.T, yaml string, env []string, args ...string) (Config, Provenance, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	writeFile(t, "clv.yaml", yaml)
	return Load(Options{File: "clv.yaml", Env: env, Flags: parsed(t, ConsumerBinary, args...)})
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// parsed is a program's flags after its command line.
func parsed(t *testing.T, binary Binary, args ...string) *pflag.FlagSet {
	t.Helper()
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	Flags(fs, binary)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return fs
}

func TestNothingGivenIsTheDefaults(t *testing.T) {
	got, provenance, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := Default(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, s := range provenance {
		if s.Source.String() != "default" {
			t.Errorf("%s comes from %s", s.Key, s.Source)
		}
	}
	if got.Input.Group != "clv-consumer" || got.Publisher.Group != "clv-publisher" || got.Redis.Mode != RedisSingle ||
		got.Business.Currency.String() != "USD" || got.Events.Oldest != time.Date(1995, 1, 1, 0, 0, 0, 0, time.UTC) {
		t.Errorf("derived or typed defaults are off: %+v", got)
	}
}

func TestStrongerPlacesWin(t *testing.T) {
	const file = "namespace: fromfile\nkafka:\n  brokers: [file:1, file:2]\n"
	for _, tc := range []struct {
		name              string
		env, args         []string
		brokers, ns       string
		brokersAt, nsFrom string
	}{
		{"file", nil, nil, "file:1 file:2", "fromfile", "clv.yaml:3:12", "clv.yaml:1:12"},
		{"env over file", []string{"CLVSTREAM_KAFKA_BROKERS=env:1, env:2"}, nil,
			"env:1 env:2", "fromfile", "env CLVSTREAM_KAFKA_BROKERS", "clv.yaml:1:12"},
		{"flag over env", []string{"CLVSTREAM_KAFKA_BROKERS=env:1", "CLVSTREAM_NAMESPACE=fromenv"}, []string{"--brokers", "flag:1", "--brokers=flag:2,flag:3"},
			"flag:1 flag:2 flag:3", "fromenv", "flag --brokers", "env CLVSTREAM_NAMESPACE"},
		{"set over env", []string{"CLVSTREAM_KAFKA_BROKERS=env:1"}, []string{"--set", "kafka.brokers=set:1", "--set", "namespace=a=b", "--set", "namespace=fromset"},
			"set:1", "fromset", "flag --set kafka.brokers", "flag --set namespace"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			args := tc.args
			if tc.name == "set over env" { // the first of the two --set namespace is not a name
				if _, _, err := load(t, file, tc.env, args...); err == nil {
					t.Error("a value that is overridden later was not checked")
				}
				args = append(args[:2:2], args[4:]...)
			}
			c, p, err := load(t, file, tc.env, args...)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(c.Kafka.Brokers, " "); got != tc.brokers || c.Namespace != tc.ns {
				t.Errorf("got %q and %q, want %q and %q", got, c.Namespace, tc.brokers, tc.ns)
			}
			if a, b := p.Of("kafka.brokers").String(), p.Of("namespace").String(); a != tc.brokersAt || b != tc.nsFrom {
				t.Errorf("come from %q and %q, want %q and %q", a, b, tc.brokersAt, tc.nsFrom)
			}
			if c.Input.Group != c.Namespace+"-consumer" || c.ChangesTopic() != c.Namespace+".changes" {
				t.Errorf("names do not follow the namespace %s: %s, %s", c.Namespace, c.Input.Group, c.ChangesTopic())
			}
		})
	}
}

// samples is a value of each setting that is allowed and not the default.
var samples = map[string]string{
	"namespace": "shop", "shutdown_timeout": "1m", "kafka.brokers": "a:1,b:2", "kafka.client_id": "x", "kafka.session_timeout": "45s",
	"kafka.sasl.mechanism": "plain", "kafka.sasl.username": "u", "kafka.sasl.password_file": "/f", "kafka.sasl.password": "p",
	"redis.addresses": "a:1,[::1]:2", "redis.mode": "cluster", "redis.master_name": "m", "redis.username": "u",
	"redis.password_file": "/f", "redis.password": "p", "redis.sentinel_username": "u", "redis.sentinel_password_file": "/f",
	"redis.sentinel_password": "p", "redis.database": "3", "redis.checks": "warn",
	"input.topics": "a,b.c", "input.mappings": "a.yaml,b/c.yaml", "registry.url": "http://r:8081", "registry.username": "u", "registry.password_file": "/f", "registry.token_file": "/t", "registry.timeout": "3s", "input.group": "g", "input.order_index": "true", "input.rebuild": "true", "input.fetch_max_wait": "500ms",
	"input.fetch_max_partition_bytes": "4MiB", "input.batch_max_records": "100", "input.idle_watermark_interval": "10s",
	"events.oldest": "2001-02-03", "events.future_tolerance": "0s", "events.max_event_bytes": "65537", "events.max_id_bytes": "64",
	"events.max_amount": "1000.50", "business.time_zone": "Europe/Berlin", "business.currency": "EUR",
	"business.exchange_rates": "[{currency: GBP, from: 2026-01-01, rate: 1.20}, {currency: JPY, rate: 0.0061}]",
	"business.margin_rate":    "0.35", "business.channel_margins": `[{channel: "", rate: 0.1}, {channel: web, from: 2026-01-01, rate: -0.2}]`,
	"business.lateness_days": "30", "business.ledger_limit": "64", "erasure.later_events": "anew", "state.shards": "128", "state.outbox_max_entries": "5",
	"state.cache_customers": "0", "model.file": "m.yaml", "model.name": "historic", "model.lifespan_years": "2.5",
	"model.monthly_churn": "0.0001", "model.discount_annual": "0",
	"model.activation_span": "90m", "model.refit.cron": "0 4 * * 0", "model.refit.model": "paretonbd",
	"model.refit.holdout_days": "45", "model.refit.margin": "0.02", "model.refit.silent": "true",
	"model.retention": "0.8", "model.retention_years": "0", "model.retention_cost": "12.5", "model.first_margin_after_year": "true", "policy.absolute": "0.50", "policy.relative": "0.05",
	"policy.standing_only": "true", "policy.span": "24h", "policy.cool_down": "168h", "policy.hysteresis": "0.5",
	"audiences":        `[{name: winback, filter: 'stage.current == "dormant"', topic: shop-winback}, {name: all, filter: "true", format: flat-avro}]`,
	"webhooks":         `[{name: crm, url: "https://crm.example.com/clv", secrets: ["env:CRM_SECRET", "file:/run/crm"], schedule: [1s, 1s], allow_internal: [10.0.0.0/8]}]`,
	"policy.by_reason": "[{reason: refund, absolute: 5, relative: 0.1}, {reason: decay, standing_only: true, never: true}]",
	"awake.mode":       "event", "awake.rate": "100", "awake.grace": "48h0m0s", "awake.quiet_after": "1m30s",
	"awake.refresh":                  "0s",
	"awake.cooling.silence_quantile": "0.8", "awake.cooling.silence_days": "30", "awake.cooling.p_alive_below": "0.6",
	"awake.dormant.silence_quantile": "0.95", "awake.dormant.silence_days": "90", "awake.dormant.p_alive_below": "0.3",
	"awake.lost.silence_quantile": "0.995", "awake.lost.silence_days": "200", "awake.lost.p_alive_below": "0.1",
	"awake.won_back_days": "14", "awake.alive_levels": "[{below: 0.5}, {below: 0.2}]", "awake.drift": "0.25", "awake.acquisition_floor": "2.5",
	"tiers.by": "historic", "tiers.borders": "[{name: silver, from: 200}, {name: gold, from: 1000}]", "tiers.hysteresis": "0.1", "tiers.cut.cron": "0 4 * * 1", "tiers.cut.span": "6h0m0s",
	"tiers.hold_days": "30", "tiers.approaching": "25.50",
	"publisher.group": "g", "publisher.lanes": "5", "publisher.transaction_max_records": "1", "publisher.transaction_linger": "0s",
	"publisher.transaction_timeout": "2m30s", "publisher.compression": "zstd", "publisher.current_format": "avro", "publisher.barrier": "waitaof-local", "publisher.barrier_replicas": "2", "publisher.barrier_timeout": "2h",
	"topics.partitions": "1", "topics.replication_factor": "3", "telemetry.consumer_listen": `""`, "telemetry.publisher_listen": "127.0.0.1:0",
	"telemetry.pprof": "true", "telemetry.log_level": "debug", "telemetry.log_format": "json",
}

// sampleOf is a setting's sample as a file and as a variable would have it.
func sampleOf(t *testing.T, s setting) (inFile, inEnv string) {
	t.Helper()
	text, ok := samples[s.name]
	if strings.Contains(s.name, ".tls.") {
		text, ok = map[bool]string{true: "true", false: "x"}[strings.HasSuffix(s.name, "enabled")], true
	}
	if s.name == "publisher.barrier_timeout" {
		text = "20s"
	}
	if !ok {
		t.Fatalf("%s has no sample value", s.name)
	}
	if s.word == listWord {
		return "[" + strings.ReplaceAll(text, "[::1]", `"[::1]`) + quoteEnd(text) + "]", text
	}
	return text, strings.Trim(text, `"`)
}

func quoteEnd(text string) string {
	if strings.Contains(text, "[::1]") {
		return `"`
	}
	return ""
}

// inYAML nests a value under its key.
func inYAML(key, value string) string {
	var b strings.Builder
	parts := strings.Split(key, ".")
	for i, part := range parts {
		b.WriteString("\n" + strings.Repeat("  ", i) + part + ":")
	}
	return b.String() + " " + value + "\n"
}

func TestEverySettingIsReachable(t *testing.T) {
	for _, s := range settings {
		t.Run(s.name, func(t *testing.T) {
			inFile, inEnv := sampleOf(t, s)
			file, env, set := newLoader(), newLoader(), newLoader()
			file.document(inYAML(s.name, inFile), Source{Origin: FromFile, Name: "f"})
			env.environment(map[string]string{s.env(): inEnv})
			set.flags(parsed(t, ToolBinary, "--set", s.name+"="+inEnv))
			for origin, l := range map[Origin]*loader{FromFile: file, FromEnv: env, FromFlag: set} {
				allowed := s.from&origin != 0
				if allowed && len(l.problems) > 0 {
					t.Errorf("refused: %v", l.problems)
				}
				if !allowed && len(l.problems) == 0 {
					t.Errorf("origin %d was accepted", origin)
				}
				changed := !reflect.DeepEqual(l.config, newLoader().config)
				if changed != allowed || l.given(s.name) != allowed {
					t.Errorf("origin %d: changed %v, known %v, allowed %v", origin, changed, l.given(s.name), allowed)
				}
			}
			if s.from == anywhere && (!reflect.DeepEqual(file.config, env.config) || !reflect.DeepEqual(env.config, set.config)) {
				t.Errorf("file, variable and flag disagree:\n%+v\n%+v\n%+v", file.config, env.config, set.config)
			}
		})
	}
}

func TestOwnFlags(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, binary := range []Binary{ConsumerBinary, PublisherBinary, ToolBinary} {
		for _, s := range settings {
			if s.flag == "" || s.flagOn&binary == 0 {
				continue
			}
			_, inEnv := sampleOf(t, s)
			if s.word == listWord {
				inEnv = "a:1"
			}
			if s.name == "input.topics" {
				inEnv = "a"
			}
			_, p, err := Load(Options{Flags: parsed(t, binary, "--"+s.flag+"="+inEnv)})
			if err != nil {
				t.Errorf("%s: %v", s.name, err)
			} else if at := p.Of(s.name).String(); at != "flag --"+s.flag {
				t.Errorf("%s comes from %s", s.name, at)
			}
		}
	}
	c, _, err := Load(Options{Flags: parsed(t, ConsumerBinary, "--rebuild", "--pprof")})
	if err != nil || !c.Input.Rebuild || !c.Telemetry.Pprof {
		t.Errorf("switches without a value: %v, %v, %v", c.Input.Rebuild, c.Telemetry.Pprof, err)
	}
}

func TestForeignFlagsAreLeftAlone(t *testing.T) {
	fs := pflag.NewFlagSet("other", pflag.ContinueOnError)
	fs.String("namespace", "", "not ours")
	fs.String("set", "", "not ours")
	if err := fs.Parse([]string{"--namespace", "x y", "--set", "z"}); err != nil {
		t.Fatal(err)
	}
	if c, _, err := Load(Options{Flags: fs}); err != nil || c.Namespace != "clv" {
		t.Errorf("got %q, %v", c.Namespace, err)
	}
}

func TestFileIsNamedByFlagOrVariable(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, "env.yaml", "namespace: env")
	writeFile(t, "flag.yaml", "namespace: flag")
	env := []string{"CLVSTREAM_CONFIG=env.yaml"}
	if c, _, err := Load(Options{Env: env, Flags: parsed(t, ToolBinary)}); err != nil || c.Namespace != "env" {
		t.Errorf("the variable's file: %q, %v", c.Namespace, err)
	}
	if c, _, err := Load(Options{Env: env, Flags: parsed(t, ToolBinary, "--config", "flag.yaml")}); err != nil || c.Namespace != "flag" {
		t.Errorf("the flag's file: %q, %v", c.Namespace, err)
	}
	_, _, err := Load(Options{Env: []string{"CLVSTREAM_CONFIG=none.yaml"}})
	wantError(t, err, "env CLVSTREAM_CONFIG: read none.yaml: no such file or directory")
	_, _, err = Load(Options{Flags: parsed(t, ToolBinary, "--config", ".")})
	wantError(t, err, "flag --config: read .: is a directory")
	writeFile(t, "huge.yaml", strings.Repeat("#", maxFileBytes+1))
	_, _, err = Load(Options{File: "huge.yaml"})
	wantError(t, err, "huge.yaml: read huge.yaml: longer than 1048576 bytes")
}

// wantError holds an error to exactly these problems, in this order.
func wantError(t *testing.T, err error, want ...string) {
	t.Helper()
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want %q", err, want)
	}
	got := make([]string, len(problems))
	for i, p := range problems {
		got[i] = p.Error()
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
