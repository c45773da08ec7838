package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// verify runs `clvstream verify` of the target's own programs on its result.
func (t *Target) verify(ctx context.Context, run *Run) error {
	args := append([]string{"verify", "--json", "--differences", "1"}, t.arguments()...)
	cmd := exec.CommandContext(ctx, t.Programs.Tool, args...)
	cmd.Env = append([]string{}, t.Environment...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	out, failed := cmd.Output()
	var report struct {
		Verified bool    `json:"verified"`
		Changes  int64   `json:"changes"`
		Seconds  float64 `json:"seconds"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return fmt.Errorf("verify: %w: %w", failed, err)
	}
	run.Verified, run.Changes = &report.Verified, report.Changes
	run.Verdict = fmt.Sprintf("verified in %.0f s", report.Seconds)
	if !report.Verified {
		run.Verdict = "NOT verified: " + string(out)
	}
	return nil
}
