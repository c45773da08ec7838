package testbed

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// probe is a test that records how it was ended; only what need uses is there.
type probe struct {
	testing.TB
	skipped, failed bool
}

func (p *probe) Helper()              {}
func (p *probe) Name() string         { return "TestProbe" }
func (p *probe) Skipf(string, ...any) { p.skipped = true }
func (p *probe) Fatal(...any)         { p.failed = true }

func TestMissingServerIsLoud(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, missing := lookProgram("redis-server", "redis")
	if missing == nil || !strings.Contains(missing.Error(), installScript+" redis") {
		t.Fatalf("look for a program that is not there: got %v, want the script that installs it", missing)
	}
	if history := lookCommit("0123456789abcdef0123456789abcdef01234567"); history == nil || !strings.Contains(history.Error(), installScript+" history") {
		t.Fatalf("look for a commit that is not there: got %v, want the script that fetches it", history)
	}
	list := filepath.Join(t.TempDir(), "left-out")
	t.Setenv(leftOutEnv, list)
	for _, row := range []struct {
		require      string
		skips, fails bool
		listed       bool
	}{
		{"1", false, true, false},
		{"", true, false, true},
	} {
		t.Setenv(requireRealEnv, row.require)
		p := &probe{}
		need(p, missing)
		if p.skipped != row.skips || p.failed != row.fails {
			t.Errorf("%s=%q: skipped %v, failed %v", requireRealEnv, row.require, p.skipped, p.failed)
		}
		recorded, _ := os.ReadFile(list)
		if got := strings.Contains(string(recorded), "TestProbe: find redis-server"); got != row.listed {
			t.Errorf("%s=%q: listed as left out: %v", requireRealEnv, row.require, got)
		}
	}
}
