package change

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Published is a change as a subscriber reads it: the fields by their paths. One
// that is null or not there is left out.
type Published map[string]string

// Parse reads the value of a record, for tests of what is rendered. Fields that this program
// does not know are in it as well.
func Parse(value []byte) (Published, error) {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(value, &top); err != nil {
		return nil, fmt.Errorf("read change: %w", err)
	}
	p := Published{}
	for name, raw := range top {
		if raw[0] != '{' {
			p.take(name, raw)
			continue
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(raw, &object); err != nil {
			return nil, fmt.Errorf("read change: %w", err)
		}
		for inner, raw := range object {
			p.take(name+"."+inner, raw)
		}
	}
	return p, nil
}

// take keeps a value without its quotes.
func (p Published) take(path string, raw json.RawMessage) {
	text := strings.TrimSpace(string(raw))
	if text[0] == '"' {
		_ = json.Unmarshal(raw, &text) // it is valid JSON
	}
	if text != "null" || raw[0] == '"' {
		p[path] = text
	}
}
