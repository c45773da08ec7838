package rehearse

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clvstream/clvstream/stream/event"
)

// Record is a record to be mapped, and where it comes from.
type Record struct {
	From  string // such as orders.jsonl, value 3
	Topic string // empty: the file does not say
	event.Record
}

// wrapped is a record with more than its value.
type wrapped struct {
	Topic       string          `json:"topic"`
	Key         json.RawMessage `json:"key"`
	Headers     json.RawMessage `json:"headers"`
	TimestampMS *int64          `json:"timestamp_ms"`
	Value       json.RawMessage `json:"value"`
	ValueText   *string         `json:"value_text"`
	ValueFile   string          `json:"value_file"`
}

var wrappedKeys = []string{"topic", "key", "headers", "timestamp_ms", "value", "value_text", "value_file"}

// ReadRecords reads a file of JSON values, one after the other. Each is a record's value, or a
// record of topic, key, headers, timestamp_ms and value (or value_text, or value_file).
func ReadRecords(path string) ([]Record, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	var records []Record
	d := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true))
	for {
		value, err := d.ReadValue()
		if errors.Is(err, io.EOF) {
			break
		}
		from := fmt.Sprintf("%s, value %d", path, len(records)+1)
		if err != nil {
			return nil, fmt.Errorf("read records: %s: it is not JSON: a file holds JSON values, one after the other, each a record's value or "+
				`{"topic": …, "key": …, "headers": {…}, "value": …}: %w`, from, err)
		}
		record, err := recordOf(bytes.Clone(value), filepath.Dir(path))
		if err != nil {
			return nil, fmt.Errorf("read records: %s: %w", from, err)
		}
		record.From = from
		records = append(records, record)
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("read records: %s holds none", path)
	}
	return records, nil
}

func recordOf(value []byte, folder string) (Record, error) {
	record := Record{Record: event.Record{TimestampMillis: time.Now().UnixMilli(), Value: value}}
	if !isWrapped(value) {
		return record, nil
	}
	var w wrapped
	if err := json.Unmarshal(value, &w); err != nil {
		return record, err
	}
	return w.record(folder)
}

// isWrapped says whether an object is a record around a value: it has a value, and no members
// that a record lacks.
func isWrapped(value []byte) bool {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(value, &members); err != nil {
		return false // no object
	}
	_, hasValue := members["value"]
	_, hasText := members["value_text"]
	_, hasFile := members["value_file"]
	for name := range members {
		if !slices.Contains(wrappedKeys, name) {
			return false
		}
	}
	return hasValue || hasText || hasFile
}

func (w *wrapped) record(folder string) (Record, error) {
	record := Record{Topic: w.Topic, Record: event.Record{TimestampMillis: time.Now().UnixMilli(), Key: textOrJSON(w.Key)}}
	switch {
	case w.ValueText != nil:
		record.Value = []byte(*w.ValueText)
	case w.ValueFile != "":
		value, err := os.ReadFile(filepath.Join(folder, w.ValueFile))
		if err != nil {
			return record, err
		}
		record.Value = value
	case string(w.Value) != "null":
		record.Value = w.Value
	}
	if w.TimestampMS != nil {
		record.TimestampMillis = *w.TimestampMS
	}
	return record, readHeaders(&record, w.Headers)
}

// textOrJSON is a text without its quotes, other JSON as it is, and nil for null.
func textOrJSON(value json.RawMessage) []byte {
	var text string
	switch {
	case len(value) == 0 || string(value) == "null":
		return nil
	case json.Unmarshal(value, &text) == nil:
		return []byte(text)
	}
	return value
}

func readHeaders(record *Record, value json.RawMessage) error {
	if len(value) == 0 {
		return nil
	}
	var headers map[string]*string
	if err := json.Unmarshal(value, &headers); err != nil {
		return fmt.Errorf(`headers are an object of texts, such as {"type": "order"}: %w`, err)
	}
	for name, text := range headers {
		header := event.Header{Key: []byte(name)}
		if text != nil {
			header.Value = []byte(*text)
		}
		record.Headers = append(record.Headers, header)
	}
	slices.SortFunc(record.Headers, func(a, b event.Header) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return nil
}
