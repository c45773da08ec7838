package rehearse

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// differences are what became otherwise than the case says.
func (c *testCase) differences(got Result) (text []string) {
	var events []Event
	refused, leftOut := []string{}, []string{}
	for _, e := range got.Events {
		if e.Refused == "" {
			events = append(events, e)
			continue
		}
		refused = append(refused, e.Refused)
		if !slices.Contains(c.Refused, e.Refused) {
			text = append(text, "refused: "+e.Refused+": "+e.Detail)
		}
	}
	for _, l := range got.LeftOut {
		leftOut = append(leftOut, l.Reason)
	}
	if !sameTexts(refused, c.Refused) {
		text = append(text, fmt.Sprintf("refused %v, want %v", refused, c.Refused))
	}
	if !sameTexts(leftOut, c.LeftOut) {
		text = append(text, fmt.Sprintf("left out %v, want %v", leftOut, c.LeftOut))
	}
	if len(events) != len(c.Events) {
		return append(text, fmt.Sprintf("%d events, want %d", len(events), len(c.Events)))
	}
	for i := range events {
		text = append(text, fieldDifferences(i+1, events[i].Event, c.Events[i])...)
	}
	return text
}

func sameTexts(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func fieldDifferences(number int, got json.RawMessage, want map[string]yaml.Node) (text []string) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(got, &members); err != nil {
		return []string{err.Error()}
	}
	for _, name := range slices.Sorted(keysOf(want)) {
		node := want[name]
		wanted, err := asJSON(&node)
		if err != nil {
			return []string{err.Error()}
		}
		if value := members[name]; !sameValue(value, wanted) {
			text = append(text, fmt.Sprintf("event %d: %s is %s, want %s", number, name, orNothing(value), wanted))
		}
	}
	return text
}

func keysOf(m map[string]yaml.Node) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range m {
			if !yield(name) {
				return
			}
		}
	}
}

func orNothing(value json.RawMessage) string {
	if value == nil {
		return "not there"
	}
	return string(value)
}

// sameValue compares by meaning: instants as such, and decimals without zeros at their end.
func sameValue(got, want json.RawMessage) bool {
	if got == nil {
		return string(want) == "null"
	}
	a, b := plainText(got), plainText(want)
	if at, err := time.Parse(time.RFC3339Nano, a); err == nil {
		wanted, err := time.Parse(time.RFC3339Nano, b)
		return err == nil && at.Equal(wanted)
	}
	return a == b || strings.Contains(a, ".") && strings.Contains(b, ".") && strings.TrimRight(a, "0") == strings.TrimRight(b, "0")
}

func plainText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}
