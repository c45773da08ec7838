package testbed

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// appendOnlyDir is where Redis keeps its append-only file since version 7: a
// manifest, a base and the increments written since.
const appendOnlyDir = "appendonlydir"

// AwaitWritten returns when all that the server has answered is in its
// append-only file, so that a kill does not lose it. Without this a kill may:
// while an fsync is under way Redis holds writes back, for up to 2 s, and
// answers all the same.
func (r *Redis) AwaitWritten(t testing.TB) {
	t.Helper()
	client := r.client()
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	for {
		info, err := client.Info(ctx, "persistence").Result()
		if err != nil {
			t.Fatalf("await append-only file of %s: %v", r.Addr, err)
		}
		if strings.Contains(info, "aof_buffer_length:0\r\n") {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// CopyAOF copies the append-only file as it is now and returns the copy's
// directory, which is removed with the test. What a running server has answered
// is in it.
func (r *Redis) CopyAOF(t testing.TB) string {
	t.Helper()
	if r.Running() {
		r.AwaitWritten(t)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(r.Dir, appendOnlyDir))); err != nil {
		t.Fatalf("copy append-only file: %v", err)
	}
	return dir
}

// RestoreAOF brings the server back in time: it is killed, its data replaced
// by the copy, and started again on the same address.
func (r *Redis) RestoreAOF(t testing.TB, copied string) {
	t.Helper()
	r.RestoreTornAOF(t, copied, 0)
}

// RestoreTornAOF is RestoreAOF without the last lostBytes of the copy: as after a power
// cut, where these were not on the disk yet.
func (r *Redis) RestoreTornAOF(t testing.TB, copied string, lostBytes int64) {
	t.Helper()
	r.Kill()
	dir := filepath.Join(r.Dir, appendOnlyDir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatalf("restore append-only file: %v", err)
	}
	if err := os.CopyFS(dir, os.DirFS(copied)); err != nil {
		t.Fatalf("restore append-only file: %v", err)
	}
	if err := cutEnd(dir, lostBytes); lostBytes > 0 && err != nil {
		t.Fatalf("cut append-only file: %v", err)
	}
	r.Start(t)
}

// AOFSize is how long the one increment in a copy of an append-only file is, bytes.
func AOFSize(t testing.TB, copied string) int64 {
	t.Helper()
	_, size, err := increment(copied)
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// TruncateAOF loses a running server's last writes: it is killed, the last
// lostBytes of its append-only file are cut off, and it is started again on the
// same address. A transaction cut in half is lost as a whole.
func (r *Redis) TruncateAOF(t testing.TB, lostBytes int64) {
	t.Helper()
	r.AwaitWritten(t)
	r.Kill()
	if err := cutEnd(filepath.Join(r.Dir, appendOnlyDir), lostBytes); err != nil {
		t.Fatalf("truncate append-only file: %v", err)
	}
	r.Start(t)
}

func cutEnd(dir string, lostBytes int64) error {
	path, size, err := increment(dir)
	if err != nil {
		return err
	}
	return os.Truncate(path, max(0, size-lostBytes))
}

// increment is the only one in a directory.
func increment(dir string) (path string, size int64, err error) {
	increments, err := filepath.Glob(filepath.Join(dir, "*.incr.aof"))
	if err != nil {
		return "", 0, err
	}
	if len(increments) != 1 {
		return "", 0, fmt.Errorf("want one increment in %s, found %v", dir, increments)
	}
	info, err := os.Stat(increments[0])
	if err != nil {
		return "", 0, err
	}
	return increments[0], info.Size(), nil
}
