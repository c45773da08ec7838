package process

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/clvstream/clvstream/internal/cli"
)

// call runs a command line that does not get as far as running.
func call(t *testing.T, program Program, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	for _, variable := range os.Environ() { // those that steer tests are no settings
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "CLVSTREAM_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	var out, trouble bytes.Buffer
	status = Main(program, args, &out, &trouble)
	return status, out.String(), trouble.String()
}

func TestWrongCalls(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		want []string
	}{
		{"unknown flag", []string{"--brokrs", "a:1"}, []string{"unknown flag: --brokrs", "--brokers", "consumer -h"}},
		{"flag of the other program", []string{"--barrier", "wait"}, []string{"unknown flag: --barrier", "--rebuild"}},
		{"flag without its value", []string{"--brokers"}, []string{"needs an argument: --brokers"}},
		{"argument", []string{"kafka-1:9092"}, []string{`unexpected argument "kafka-1:9092"`, "--brokers"}},
		{"two mistakes in one call", []string{"--brokers", "kafka", "--set", "redis.mode=clustr"}, []string{"2 problems", "host:port", "single, cluster or sentinel"}},
		{"unknown setting", []string{"--set", "kafka.brokrs=a:1"}, []string{"did you mean kafka.brokers?"}},
		{"configuration file", []string{"--config", "nowhere.yaml"}, []string{"nowhere.yaml", "no such file"}},
		{"password as a flag", []string{"--set", "redis.password=hunter2"}, []string{"password_file"}},
		{"audience's filter", []string{"--set", "audiences=[{name: vip, filter: 'clv.worth > 1'}]"}, []string{"audience vip", "worth"}},
		{"model file", []string{"--model-file", "nowhere.yaml"}, []string{"nowhere.yaml", "no such file"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, stdout, stderr := call(t, Consumer, tc.args...)
			if status != cli.StatusUsage || stdout != "" {
				t.Errorf("status %d, stdout %q", status, stdout)
			}
			for _, want := range tc.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("%q is not in:\n%s", want, stderr)
				}
			}
			if strings.Contains(stderr, "hunter2") {
				t.Error("the password is shown")
			}
		})
	}
}

func TestUnknownExporter(t *testing.T) {
	for _, variable := range []string{"OTEL_METRICS_EXPORTER", "OTEL_TRACES_EXPORTER"} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, "otpl")
			status, _, stderr := call(t, Publisher, "--listen", "")
			if status != cli.StatusUsage || !strings.Contains(stderr, variable) || !strings.Contains(stderr, "set otlp") {
				t.Errorf("status %d:\n%s", status, stderr)
			}
		})
	}
}

func TestHelpIsEnoughToWorkFrom(t *testing.T) {
	for _, program := range []Program{Consumer, Publisher} {
		t.Run(program.name, func(t *testing.T) {
			status, help, stderr := call(t, program, "-h")
			if status != cli.StatusDone || stderr != "" {
				t.Fatalf("status %d: %s", status, stderr)
			}
			for _, want := range []string{"SIGTERM", "Usage:", "Examples:", "Environment:", "CLVSTREAM_CONFIG", "OTEL_", "Exit status:", "completion"} {
				if !strings.Contains(help, want) {
					t.Errorf("help does not say %q", want)
				}
			}
			Command(program, nil).Flags().VisitAll(func(f *pflag.Flag) {
				if !strings.Contains(help, "--"+f.Name) {
					t.Errorf("help does not name --%s", f.Name)
				}
			})
			for line := range strings.Lines(help) {
				if len(strings.TrimSpace(line)) > 105 {
					t.Errorf("line of %d columns: %s", len(line), line)
				}
			}
		})
	}
}

// TestExamplesAreAllowed holds the examples in help to the flags there are.
func TestExamplesAreAllowed(t *testing.T) {
	for _, program := range []Program{Consumer, Publisher} {
		for line := range strings.Lines(program.examples) {
			example, _, _ := strings.Cut(line, "#")
			words := strings.Fields(example)
			if words[0] != program.name {
				t.Errorf("%s: %s", program.name, line)
			}
			if err := Command(program, nil).ParseFlags(words[1:]); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
}

func TestVersionAndCompletion(t *testing.T) {
	if status, stdout, _ := call(t, Consumer, "--version"); status != cli.StatusDone || stdout != "consumer "+cli.Version()+"\n" {
		t.Errorf("version: %d %q", status, stdout)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if status, stdout, _ := call(t, Publisher, "completion", shell); status != cli.StatusDone || !strings.Contains(stdout, "publisher") {
			t.Errorf("%s: %d %q", shell, status, stdout)
		}
	}
	if _, words, _ := call(t, Consumer, "__complete", "--log-format", ""); !strings.HasPrefix(words, "text\njson\n") {
		t.Errorf("words of --log-format: %q", words)
	}
	if _, keys, _ := call(t, Consumer, "__complete", "--set", ""); !strings.Contains(keys, "redis.mode=\n") || strings.Contains(keys, "redis.password=") {
		t.Errorf("keys of --set: %q", keys)
	}
}
