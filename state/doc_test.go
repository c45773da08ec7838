package state

import (
	"os"
	"strings"
	"testing"
)

// Whatever the package writes into Redis, its package comment describes.
func TestEveryKeyIsDescribed(t *testing.T) {
	comment, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	w := embeddedWorld(t)
	w.shards = 8
	store := w.open()
	w.commit(w.claim(store, 0), w.batch(0, round(0, 50)...))
	if err := store.SetHead(soon(t), source(0), Head{Kind: HeadIdle}); err != nil {
		t.Fatal(err)
	}
	w.push(store, "x2")
	if _, _, err := store.Activate(soon(t), "x2", 0, 0, false); err != nil {
		t.Fatal(err)
	}
	if err := store.RecordRefit(soon(t), Refit{Verdict: "none"}); err != nil {
		t.Fatal(err)
	}
	w.enlist(store)
	if _, done, err := store.NewFirer(w.configured).Fire(soon(t), 7, day0*microsPerDay, 1); !done || err != nil {
		t.Fatal(done, err)
	}
	_ = store.Barrier(soon(t), []int{7}, Durability{Kind: DurabilityWait}) // miniredis writes the key and knows no WAIT
	kinds := 0
	for _, key := range w.client.Keys(soon(t), "*").Val() {
		name := strings.Replace(key, w.namespace, "clv", 1)
		if strings.Contains(name, "{") && !strings.Contains(name, "{s007}") {
			continue // as shard 7
		}
		kinds++
		if !strings.Contains(string(comment), "//\t"+name+" ") {
			t.Errorf("doc.go does not describe %s", name)
		}
		if w.client.Type(soon(t), key).Val() != "hash" || strings.HasSuffix(name, ":customers") || strings.HasSuffix(name, "}:models") {
			continue
		}
		for field := range w.client.HGetAll(soon(t), key).Val() {
			kind, _, ofSomething := strings.Cut(field, ":")
			switch {
			case ofSomething && kind == "activation":
				kind += ":number"
			case ofSomething && name == "clv:models":
				kind += ":version"
			case ofSomething:
				kind += ":topic/part"
			}
			kind = strings.Replace(kind, source(0).String(), "topic/partition", 1)
			if !strings.Contains(string(comment), "//\t    "+kind+" ") {
				t.Errorf("doc.go does not describe the field %s of %s", kind, name)
			}
		}
	}
	if kinds != 9 {
		t.Errorf("%d kinds of key were written, want all 9", kinds)
	}
}
