package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/demo"
)

const audiencesPage = "../../docs/audiences.md"

// The examples of the page are configurations that can be used.
func TestDocumentedAudiencesAreAllowed(t *testing.T) {
	page, err := os.ReadFile(audiencesPage)
	if err != nil {
		t.Fatal(err)
	}
	examples := strings.Split(string(page), "```yaml\n")[1:]
	if len(examples) < 3 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, example := range examples {
		text, _, _ := strings.Cut(example, "```")
		file := filepath.Join(t.TempDir(), "clv.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, errs, status := command(t, "config", "--config", file); status != 0 || !strings.Contains(out, "audiences: [") {
			t.Errorf("status %d: %s%s", status, out, errs)
		}
	}
}

// The errors of the page are what `clvstream config` says.
func TestConfigTellsOfFiltersThatDoNotCompile(t *testing.T) {
	page, err := os.ReadFile(audiencesPage)
	if err != nil {
		t.Fatal(err)
	}
	_, errs, status := command(t, "config", "--set",
		`audiences=[{name: winback, filter: 'stage.current == "dormant" && clv.predcited > 50'}, {name: loyalty, filter: 'tier.direction == "upwards"'}]`)
	if status != cli.StatusUsage {
		t.Errorf("status %d", status)
	}
	told := 0
	for line := range strings.SplitSeq(errs, "\n") {
		if _, text, found := strings.Cut(line, "compile the filter of audience "); found {
			told++
			if !strings.Contains(string(page), "\ncompile the filter of audience "+text+"\n") {
				t.Errorf("the page does not have %q", line)
			}
		}
	}
	if told != 2 {
		t.Errorf("%d errors are told: %s", told, errs)
	}
}

func TestTopicsOfAudiences(t *testing.T) {
	servers, err := demo.StartServers()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(servers.Close)
	on := []string{"--brokers", strings.Join(servers.Brokers(), ","), "--set", `audiences=[{name: a, filter: "true"}, {name: b, filter: "true", topic: crm}]`}
	for _, step := range []struct {
		name   string
		status int
		want   string
	}{{"check", 1, "does not exist"}, {"create", 0, "created"}, {"check", 0, "ok"}, {"describe", 0, "ok"}} {
		out, errs, status := command(t, append([]string{"topics", step.name}, on...)...)
		if status != step.status {
			t.Errorf("%s: status %d: %s", step.name, status, errs)
		}
		for _, topic := range []string{"clv.audience.a ", "crm "} {
			_, line, found := strings.Cut(out, "\n"+topic)
			line, _, _ = strings.Cut(line, "\n")
			if !found || !strings.Contains(line, step.want) {
				t.Errorf("%s: %s is %q, want %q", step.name, topic, line, step.want)
			}
		}
	}
}
