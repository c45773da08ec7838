package architecture

import (
	"slices"
	"testing"
)

// layers from the one that may know all others to the one that knows none.
var layers = []string{"cmd", "internal", "stream", "state", "clv"}

var (
	kafkaClients = []string{"github.com/segmentio/kafka-go", "github.com/twmb/franz-go"}
	redisClients = []string{"github.com/redis/go-redis", "github.com/alicebob/miniredis"}
)

func TestImportsRunOneWay(t *testing.T) {
	for _, p := range listModule(t) {
		from := slices.Index(layers, p.layer())
		if from < 0 {
			t.Errorf("%s is in none of the layers %v", p.ImportPath, layers)
			continue
		}
		for _, imported := range p.Imports {
			if to := slices.Index(layers, layerOf(imported)); to >= 0 && to < from {
				t.Errorf("%s imports %s: %s must not know %s", p.ImportPath, imported, layers[from], layers[to])
			}
		}
	}
}

func TestEachSideKnowsItsOwnServerOnly(t *testing.T) {
	for _, rule := range []struct {
		layer   string
		foreign []string
	}{
		{"state", kafkaClients},
		{"stream", redisClients},
		{"clv", slices.Concat(kafkaClients, redisClients)},
	} {
		for _, p := range listModule(t) {
			for _, imported := range p.Imports {
				if p.layer() == rule.layer && within(imported, rule.foreign...) {
					t.Errorf("%s imports %s", p.ImportPath, imported)
				}
			}
		}
	}
}

// What is stored is described without what it is stored in.
func TestLayoutKnowsNoServer(t *testing.T) {
	const layout = module + "/state/layout"
	for _, p := range listModule(t) {
		if p.ImportPath != layout {
			continue
		}
		for _, imported := range p.Deps {
			if within(imported, slices.Concat(kafkaClients, redisClients)...) || within(imported, "net") {
				t.Errorf("%s brings %s along", layout, imported)
			}
		}
	}
}

func TestTestServersStayInTests(t *testing.T) {
	const testbed = module + "/internal/testbed"
	for _, p := range listModule(t) {
		if !within(p.ImportPath, testbed) && slices.ContainsFunc(p.Imports, func(imported string) bool { return within(imported, testbed) }) {
			t.Errorf("%s imports %s outside its tests", p.ImportPath, testbed)
		}
	}
}

// What a customer and the base look like is computed from values alone, so that a
// command and an HTTP answer show the same.
func TestViewsReadNothing(t *testing.T) {
	views := []string{module + "/internal/customerview", module + "/internal/figures"}
	outside := slices.Concat(kafkaClients, redisClients, []string{module + "/state", "context", "log", "net", "os", "github.com/spf13"})
	found := 0
	for _, p := range listModule(t) {
		if !slices.Contains(views, p.ImportPath) {
			continue
		}
		found++
		for _, imported := range p.Imports {
			if within(imported, outside...) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
	if found != len(views) {
		t.Errorf("found %d of %v: have they moved?", found, views)
	}
}
