package testbed

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// victimEnv makes TestServersEndWithTheTestBinary the victim that it kills.
const victimEnv = "TESTBED_VICTIM"

func TestServersEndWithTheTestBinary(t *testing.T) {
	if os.Getenv(victimEnv) != "" {
		os.Stdout.WriteString("pid " + strconv.Itoa(StartRedis(t).PID()) + "\n")
		select {} // until killed
	}
	StartRedis(t) // skips here where the victim would
	victim := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	victim.Env = append(os.Environ(), victimEnv+"=1", "TMPDIR="+t.TempDir())
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	pid := readPID(t, bufio.NewScanner(out))
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()
	for ctx := soon(t); !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH); time.Sleep(5 * time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatalf("redis-server %d lives on without its test binary", pid)
		}
	}
}

func readPID(t *testing.T, lines *bufio.Scanner) int {
	t.Helper()
	for lines.Scan() {
		if text, found := strings.CutPrefix(lines.Text(), "pid "); found {
			pid, err := strconv.Atoi(text)
			if err != nil || pid == 0 {
				t.Fatalf("read the victim's server: %q, %v", text, err)
			}
			return pid
		}
	}
	t.Fatal("the victim ended without starting its server")
	return 0
}
