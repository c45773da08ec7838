package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/clvstream/clvstream/internal/dataset/dates"
)

// recogniseFormat tells a file's format by its first two lines.
func recogniseFormat(l *lines) (Format, error) {
	first, err := l.nextFull()
	if errors.Is(err, io.EOF) {
		return "", errors.New("the file is empty")
	}
	if err != nil {
		return "", err
	}
	if bytes.HasPrefix(bytes.TrimSpace(first), []byte{'{'}) {
		return JSONL, nil
	}
	if looksLikeCDNOW(first) {
		return CDNOW, nil
	}
	words := len(bytes.Fields(first))
	if bytes.ContainsAny(first, ",;|\t") || words != 4 && words != 5 {
		return CSV, nil
	}
	second, err := l.nextFull() // under a header
	if err == nil && looksLikeCDNOW(second) {
		return CDNOW, nil
	}
	if err != nil && !errors.Is(err, io.EOF) && !IsRefusal(err) {
		return "", fmt.Errorf("read its second line: %w", err)
	}
	return CSV, nil
}

// looksLikeCDNOW is true for "00001 19970101 1 11.77", with a second number before the day or
// without.
func looksLikeCDNOW(line []byte) bool {
	words := bytes.Fields(line)
	if len(words) != 4 && len(words) != 5 {
		return false
	}
	for i, word := range words {
		word = bytes.Replace(word, []byte{'.'}, nil, 1)
		if _, ok := dates.WholeNumber(word); !ok || i == len(words)-3 && len(word) != 8 {
			return false
		}
	}
	return true
}
