package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
)

// maxSecretBytes bounds what is read as a password: far more than any, and
// little enough that a wrong path does no harm.
const maxSecretBytes = 64 << 10

// Secret is a password. However it is printed, logged or encoded it shows only
// whether it is set; Reveal gives the text.
type Secret struct{ text string }

// NewSecret makes a secret of a text.
func NewSecret(text string) Secret { return Secret{text: text} }

// Reveal is the text itself, for the call that connects.
func (s Secret) Reveal() string { return s.text }

// IsSet says whether there is a text.
func (s Secret) IsSet() bool { return s.text != "" }

// String is "(set)", or nothing.
func (s Secret) String() string {
	if s.IsSet() {
		return "(set)"
	}
	return ""
}

// GoString is String, so that %#v does not show the text.
func (s Secret) GoString() string { return s.String() }

// MarshalText is String, so that no encoder shows the text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is String, so that no log shows the text.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// readSecret reads a password from a file, without the newline that editors
// put at the end.
func readSecret(path string) (Secret, error) {
	data, err := readBounded(path, maxSecretBytes)
	if err != nil {
		return Secret{}, err
	}
	data = bytes.TrimSuffix(data, []byte("\n"))
	data = bytes.TrimSuffix(data, []byte("\r"))
	if len(data) == 0 {
		return Secret{}, fmt.Errorf("read %s: the file is empty", path)
	}
	return NewSecret(string(data)), nil
}

// readBounded reads a whole file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, plainError(path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, plainError(path, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %s: longer than %d bytes", path, limit)
	}
	return data, nil
}

// plainError drops the system call's name: the cause is what helps.
func plainError(path string, err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("read %s: %w", path, err)
}
