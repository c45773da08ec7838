package cli

import (
	"bytes"
	"errors"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/config"
)

// tool is a root command with a subcommand that ends with an error.
func tool(result error) *cobra.Command {
	root := &cobra.Command{Use: "tool", Short: "A tool"}
	sub := &cobra.Command{
		Use: "sub", Short: "Does it", Example: "  tool sub --brokers a:1", Args: NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, _, err := Load(cmd); err != nil {
				return err
			}
			return result
		},
	}
	Settings(sub, config.ToolBinary)
	root.AddCommand(sub)
	return root
}

func TestExitStatus(t *testing.T) {
	failed := errors.New("it failed")
	for _, tc := range []struct {
		name   string
		result error
		args   []string
		status int
		stderr string // is said; empty: nothing is
	}{
		{"done", nil, []string{"sub"}, StatusDone, ""},
		{"failed", failed, []string{"sub"}, StatusFailed, "tool sub: it failed\n"},
		{"logged already", Logged(failed), []string{"sub"}, StatusFailed, ""},
		{"wrong usage", Usage(failed), []string{"sub"}, StatusUsage, "tool sub: it failed\n"},
		{"logged and wrong usage", Logged(Usage(failed)), []string{"sub"}, StatusUsage, ""},
		{"unknown flag", nil, []string{"sub", "--x"}, StatusUsage, "flags are --brokers,"},
		{"argument", nil, []string{"sub", "x"}, StatusUsage, `unexpected argument "x"`},
		{"unknown command", nil, []string{"sbu"}, StatusUsage, "sub"},
		{"configuration", nil, []string{"sub", "--brokers", "nonsense"}, StatusUsage, "host:port"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if status := Execute(tool(tc.result), tc.args, &stdout, &stderr); status != tc.status {
				t.Errorf("status %d, want %d: %s", status, tc.status, stderr.String())
			}
			if said := stderr.String(); !strings.Contains(said, tc.stderr) || tc.stderr == "" && said != "" {
				t.Errorf("said %q, want %q", said, tc.stderr)
			}
			if stdout.Len() > 0 {
				t.Errorf("standard output: %q", stdout.String())
			}
		})
	}
}

func TestMarksOfNoErrorAreNone(t *testing.T) {
	if Usage(nil) != nil || Logged(nil) != nil {
		t.Error("nil became an error")
	}
}

func TestHelpListsCommandsAndFlags(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want []string
	}{
		{[]string{"-h"}, []string{"tool [command]", "sub", "Does it", "Exit status:"}},
		{[]string{"sub", "-h"}, []string{"tool sub [flags]", "Examples:\n  tool sub --brokers a:1", "--brokers list", "CLVSTREAM_CONFIG"}},
	} {
		var stdout, stderr bytes.Buffer
		if status := Execute(tool(nil), tc.args, &stdout, &stderr); status != StatusDone || stderr.Len() > 0 {
			t.Errorf("%v: status %d: %s", tc.args, status, stderr.String())
		}
		for _, want := range tc.want {
			if !strings.Contains(stdout.String(), want) {
				t.Errorf("%v: help does not say %q:\n%s", tc.args, want, stdout.String())
			}
		}
	}
}

func TestVersionOfABuild(t *testing.T) {
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	for want, info := range map[string]*debug.BuildInfo{
		"1.2.3":              {Main: debug.Module{Version: "v1.2.3"}},
		"devel":              {Main: debug.Module{Version: "(devel)"}},
		"devel-0123456789ab": {Settings: []debug.BuildSetting{setting("vcs.revision", "0123456789abcdef0123")}},
		"devel-0123+dirty":   {Settings: []debug.BuildSetting{setting("vcs.revision", "0123"), setting("vcs.modified", "true")}},
	} {
		if got := versionOf(info); got != want {
			t.Errorf("version %q, want %q", got, want)
		}
	}
}
