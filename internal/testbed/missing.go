package testbed

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// installScript is what a message tells the user to run.
const installScript = "scripts/install-test-servers"

// missingError says that a server, or what else a test needs, is not on this machine.
type missingError struct {
	part string // as the install script calls it
	want string
}

func (e *missingError) Error() string {
	return fmt.Sprintf("find %s: not on this machine; run %s %s", e.want, installScript, e.part)
}

// lookProgram finds an executable in the PATH.
func lookProgram(program, part string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", &missingError{part: part, want: program}
	}
	return path, nil
}

// lookCommit finds a commit in the history of this repository.
func lookCommit(commit string) error {
	if err := exec.Command("git", "cat-file", "-e", commit+"^{commit}").Run(); err != nil {
		return &missingError{part: "history", want: "commit " + commit}
	}
	return nil
}

// The variables of the testbed do not begin with CLVSTREAM_: the programs under
// test refuse what begins so and is no setting of theirs.
const (
	requireRealEnv = "TESTBED_REQUIRE_REAL" // 1: a missing server is a failure
	leftOutEnv     = "TESTBED_LEFT_OUT"     // file that collects what was left out
	soakEnv        = "TESTBED_SOAK"         // 1: run what takes long
)

// Soak skips a test that takes long unless TESTBED_SOAK=1, as make soak has it.
func Soak(t testing.TB) {
	t.Helper()
	if !Soaking() {
		t.Skip("a soak: run by make soak")
	}
}

// Soaking reports whether TESTBED_SOAK=1, for tests that do more of the same then.
func Soaking() bool { return os.Getenv(soakEnv) == "1" }

// requireReal reports whether a missing server is a failure rather than a skip.
func requireReal() bool { return os.Getenv(requireRealEnv) == "1" }

// need ends the test where err is not nil: skipped when a server is missing
// and may be, failed otherwise.
func need(t testing.TB, err error) {
	t.Helper()
	var missing *missingError
	switch {
	case err == nil:
	case errors.As(err, &missing) && !requireReal():
		recordLeftOut(t, err)
		t.Skipf("LEFT OUT: %v", err)
	default:
		t.Fatal(err)
	}
}

// skipShort leaves real servers out of a -short run.
func skipShort(t testing.TB) {
	t.Helper()
	if testing.Short() && !requireReal() {
		t.Skip("LEFT OUT: real servers take seconds to start and this is a -short run")
	}
}

// recordLeftOut adds to the list that scripts/test shows at the end, since go
// test says nothing of what a passing package skipped.
func recordLeftOut(t testing.TB, why error) {
	t.Helper()
	path := os.Getenv(leftOutEnv)
	if path == "" {
		return
	}
	list, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatalf("record what is left out: %v", err)
	}
	defer list.Close()
	if _, err := fmt.Fprintf(list, "%s: %v\n", t.Name(), why); err != nil {
		t.Fatalf("record what is left out: %v", err)
	}
}
