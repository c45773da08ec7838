package check

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
	logs "github.com/sirupsen/logrus/hooks/test"
)

// compose loads docker-compose.yml as `docker compose` does; without profiles,
// those of .env are in force. A warning fails the test like an error.
func compose(t *testing.T, profiles ...string) *types.Project {
	t.Helper()
	logged := logs.NewGlobal()
	defer logrus.StandardLogger().ReplaceHooks(make(logrus.LevelHooks))
	options, err := cli.NewProjectOptions([]string{root + "/docker-compose.yml"},
		cli.WithWorkingDirectory(root), cli.WithEnvFiles(), cli.WithDotEnv, cli.WithDefaultProfiles(profiles...))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range logged.AllEntries() {
		t.Errorf("compose: %s", entry.Message)
	}
	return project
}

// eachService runs a test for every service of every profile.
func eachService(t *testing.T, run func(t *testing.T, p *types.Project, s types.ServiceConfig)) {
	t.Helper()
	project := compose(t, "*")
	for _, name := range slices.Sorted(maps.Keys(project.Services)) {
		t.Run(name, func(t *testing.T) { run(t, project, project.Services[name]) })
	}
}

// serviceContainer is one of our programs as compose would start it.
func serviceContainer(s types.ServiceConfig) container {
	c := container{image: s.Image, args: s.Command}
	for name, value := range s.Environment {
		if value != nil {
			c.env = append(c.env, name+"="+*value)
		}
	}
	return c
}

func TestComposeStartsWhatIsSaid(t *testing.T) {
	small := []string{"consumer", "kafka", "publisher", "topics"}
	for _, c := range []struct {
		profiles []string // none: those of .env
		also     []string
	}{
		{nil, []string{"grafana", "prometheus", "redis", "simulate"}},
		{[]string{"redis"}, []string{"redis"}},
		{[]string{"valkey"}, []string{"valkey"}},
		{[]string{"valkey", "simulate"}, []string{"simulate", "valkey"}},
		{[]string{"redis", "observability"}, []string{"grafana", "prometheus", "redis"}},
		{[]string{"redis", "tool"}, []string{"clvstream", "redis"}},
	} {
		want := slices.Sorted(slices.Values(append(c.also, small...)))
		if got := slices.Sorted(maps.Keys(compose(t, c.profiles...).Services)); !slices.Equal(got, want) {
			t.Errorf("profiles %v start %v, want %v", c.profiles, got, want)
		}
	}
}
