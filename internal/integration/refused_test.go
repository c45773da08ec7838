package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/process"
)

// refused starts a consumer as its program does and wants it to end with an error
// that names all of want: at once where the cause stays, else after the time for
// which it is tried.
func (d *deployment) refused(t *testing.T, stays bool, want ...string) {
	t.Helper()
	p := process.Process{Program: process.Consumer, Config: d.load(t), ConnectTimeout: time.Second}
	if stays {
		p.ConnectTimeout = patience
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Run(make(chan os.Signal)) }()
	select {
	case err := <-ended:
		for _, text := range want {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%q is not in the error: %v", text, err)
			}
		}
	case <-time.After(patience / 8):
		t.Errorf("no error after %s, want one with %q", patience/8, want)
	}
}

// secretFile is a file that holds a password, as settings name it.
func secretFile(t *testing.T, secret string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
