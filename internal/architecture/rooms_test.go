package architecture

import (
	"slices"
	"strings"
	"testing"
)

// rooms says for each package of a layer which others of the same layer it may
// import, from the one that knows nothing to the one that joins all. A new package
// has to be entered here, so that its place is a decision.
var rooms = map[string][]string{
	"clv/calendar":   {},
	"clv/money":      {"clv/calendar"},
	"clv/history":    {"clv/calendar", "clv/money"},
	"clv/numeric":    {},
	"clv/formula":    {"clv/money"},
	"clv/model":      {"clv/calendar", "clv/history", "clv/money", "clv/numeric", "clv/formula"},
	"clv/fit":        {"clv/model", "clv/numeric"},
	"clv/catalog":    {"clv/model", "clv/fit"},
	"clv/interval":   {"clv/model"},
	"clv/estimate":   {"clv/calendar", "clv/history", "clv/model"},
	"clv/standing":   {"clv/calendar", "clv/history", "clv/model", "clv/estimate"},
	"clv/announce":   {"clv/history", "clv/estimate", "clv/standing"},
	"clv/statistics": {"clv/calendar", "clv/history", "clv/estimate", "clv/standing"},
	"clv":            {"clv/calendar", "clv/history", "clv/model", "clv/estimate", "clv/standing", "clv/announce", "clv/statistics"},

	"state/layout":      {},
	"state/transaction": {},
	"state":             {"state/layout", "state/transaction"},

	"stream/cluster":         {},
	"stream/event":           {"stream/event/recognise"},
	"stream/schema":          {},
	"stream/change":          {},
	"stream/change/avro":     {"stream/change"},
	"stream/audience":        {"stream/change"},
	"stream/event/recognise": {},
	"stream/fetch":           {"stream/cluster", "stream/event"},
	"stream/mapping":         {"stream/event", "stream/event/recognise"},
	"stream/deadletter":      {"stream/event"},
	"stream/progress":        {"stream/cluster"},
	"stream/repartition":     {"stream/deadletter", "stream/event"},
	"stream/due":             {"stream/cluster", "stream/progress"},
	"stream/hanging":         {"stream/cluster", "stream/progress"},
	"stream/webhook":         {"stream/cluster"},
	"stream/relay":           {"stream/cluster", "stream/deadletter", "stream/hanging", "stream/progress", "stream/repartition"},
	"stream":                 {"stream/cluster", "stream/event", "stream/change", "stream/change/avro", "stream/audience", "stream/fetch", "stream/mapping", "stream/deadletter", "stream/progress", "stream/due", "stream/hanging", "stream/relay", "stream/repartition"},

	"stream/registry/jsonform":   {},
	"stream/registry/avro":       {"stream/registry/jsonform"},
	"stream/registry/protobuf":   {"stream/registry/jsonform"},
	"stream/registry/jsonschema": {"stream/registry/jsonform"},
	"stream/registry":            {"stream/event", "stream/mapping", "stream/registry/jsonform", "stream/registry/avro", "stream/registry/protobuf", "stream/registry/jsonschema"},
}

// roomedLayers are the layers whose packages are all in rooms.
var roomedLayers = []string{"clv", "state", "stream"}

func TestRoomsKnowOnlyThoseBelow(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range listModule(t) {
		if !slices.Contains(roomedLayers, p.layer()) {
			continue
		}
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		seen[name] = true
		allowed, known := rooms[name]
		if !known {
			t.Errorf("%s has no entry in rooms: say which packages of its layer it may import", name)
			continue
		}
		for _, imported := range p.Imports {
			inside := strings.TrimPrefix(imported, module+"/")
			if layerOf(imported) == p.layer() && !slices.Contains(allowed, inside) {
				t.Errorf("%s imports %s: it may import %v of its layer", name, inside, allowed)
			}
		}
	}
	for name := range rooms {
		if !seen[name] {
			t.Errorf("rooms names %s, which is no package", name)
		}
	}
}
