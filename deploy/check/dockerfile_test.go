package check

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/clvstream/clvstream/internal/config"
)

// stages are the Dockerfile's, by name, as BuildKit reads them.
func stages(t *testing.T) map[string]instructions.Stage {
	t.Helper()
	parsed, err := parser.Parse(strings.NewReader(read(t, "deploy/Dockerfile")))
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range parsed.Warnings {
		t.Errorf("Dockerfile: %s", warning.Short)
	}
	list, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]instructions.Stage)
	for _, stage := range list {
		byName[stage.Name] = stage
	}
	return byName
}

// commands are a stage's commands of one kind.
func commands[C instructions.Command](s instructions.Stage) []C {
	var found []C
	for _, command := range s.Commands {
		if c, ok := command.(C); ok {
			found = append(found, c)
		}
	}
	return found
}

func TestDockerfileImages(t *testing.T) {
	all := stages(t)
	defaults := config.Default().Telemetry
	for name, listen := range map[string]string{"consumer": defaults.ConsumerListen, "publisher": defaults.PublisherListen, "clvstream": ""} {
		stage, found := all[name]
		if !found || stage.BaseName != "runtime" {
			t.Fatalf("no target %s on top of runtime", name)
		}
		entry := commands[*instructions.EntrypointCommand](stage)[0].CmdLine
		copied := commands[*instructions.CopyCommand](stage)[0]
		if want := "/usr/local/bin/" + name; entry[0] != want || copied.DestPath != want || copied.SourcePaths[0] != "/out/"+name {
			t.Errorf("%s starts %v, copies %v to %s", name, entry, copied.SourcePaths, copied.DestPath)
		}
		var exposed []string
		for _, port := range commands[*instructions.ExposeCommand](stage) {
			exposed = append(exposed, port.Ports...)
		}
		if got := strings.Join(exposed, " "); ":"+got != listen && got != listen {
			t.Errorf("%s exposes %q, and listens on %q", name, got, listen)
		}
	}
	if user := commands[*instructions.UserCommand](all["runtime"])[0].User; user != "65532:65532" {
		t.Errorf("images run as %s", user)
	}
}

// fromArgs finds the defaults of the arguments before the first stage.
var fromArgs = regexp.MustCompile(`(?m)^ARG (GO_VERSION|RUNTIME)=(\S+)$`)

func TestDockerfileBuilds(t *testing.T) {
	build := stages(t)["build"]
	var env []string
	for _, command := range commands[*instructions.EnvCommand](build) {
		for _, pair := range command.Env {
			env = append(env, pair.String())
		}
	}
	if !slices.Contains(env, "CGO_ENABLED=0") {
		t.Errorf("an image without a C library needs CGO_ENABLED=0: %v", env)
	}
	run := commands[*instructions.RunCommand](build)
	if len(run) != 1 {
		t.Fatalf("%d RUN commands, want 1", len(run))
	}
	line := strings.Join(run[0].CmdLine, " ")
	for _, wanted := range []string{"-trimpath", "./cmd/consumer", "./cmd/publisher", "./cmd/clvstream", "-o /out/"} {
		if !strings.Contains(line, wanted) {
			t.Errorf("the build lacks %s: %s", wanted, line)
		}
	}
	given := make(map[string]string)
	for _, match := range fromArgs.FindAllStringSubmatch(read(t, "deploy/Dockerfile"), -1) {
		given[match[1]] = match[2]
	}
	if !strings.Contains(given["RUNTIME"], "/distroless/static-") || !strings.HasSuffix(given["RUNTIME"], ":nonroot") {
		t.Errorf("runtime is %q", given["RUNTIME"])
	}
	language := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, "go.mod"))[1]
	if !atLeast(given["GO_VERSION"], language) {
		t.Errorf("builds with Go %q, go.mod wants %s", given["GO_VERSION"], language)
	}
}

// atLeast compares versions of Go, three numbers each.
func atLeast(version, wanted string) bool {
	numbers := func(v string) []int {
		var list []int
		for part := range strings.SplitSeq(v, ".") {
			n := 0
			for _, digit := range part {
				n = 10*n + int(digit-'0')
			}
			list = append(list, n)
		}
		return list
	}
	return strings.Count(version, ".") == 2 && slices.Compare(numbers(version), numbers(wanted)) >= 0
}

// A committed file that does not reach the build makes the version say that the
// checkout was changed.
func TestContextHoldsTheCommit(t *testing.T) {
	patterns, err := ignorefile.ReadAll(strings.NewReader(read(t, ".dockerignore")))
	if err != nil {
		t.Fatal(err)
	}
	ignored := func(file string) bool {
		matched, err := patternmatcher.MatchesOrParentMatches(file, patterns)
		if err != nil {
			t.Fatal(err)
		}
		return matched
	}
	list := exec.Command("git", "ls-files")
	list.Dir = root
	tracked, err := list.Output()
	if err != nil {
		t.Fatalf("list what is committed (these tests want a git checkout): %v", err)
	}
	for file := range strings.Lines(".git/HEAD\n" + string(tracked)) {
		if file = strings.TrimSpace(file); ignored(file) {
			t.Errorf("%s is committed and left out of the build", file)
		}
	}
	for _, file := range []string{"bin/consumer", "stream/cpu.prof", "deploy/secrets/kafka", "ca.pem", "deploy/tls.key", ".env.local"} {
		if !ignored(file) {
			t.Errorf("%s reaches the build", file)
		}
	}
}
