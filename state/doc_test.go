package state

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/history"
)

// Whatever the package writes into Redis, its package comment describes.
func TestEveryKeyIsDescribed(t *testing.T) {
	comment, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadFile("layout/cell.go")
	if err != nil {
		t.Fatal(err)
	}
	w := embeddedWorld(t)
	w.shards = 8
	store := w.open()
	w.valuation.Awake = watchful()
	claim := w.claim(store, 0)
	w.commit(claim, w.batch(0, slices.Concat(round(0, 200), round(1, 200))...))
	w.commit(claim, w.batch(400, leaving(200)...))
	for i := range 100 {
		w.commit(claim, w.indexed(600+2*int64(i), orderOf(fmt.Sprintf("c%d", i), 2), refundOf(fmt.Sprintf("absent%d", i), 2)))
	}
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
	w.rollOut(store)
	if _, err := store.NewFirer(w.configured).Fire(soon(t), 7, day0*microsPerDay, 1, nil); err != nil {
		t.Fatal(err)
	}
	_ = store.Barrier(soon(t), []int{7}, Durability{Kind: DurabilityWait}) // miniredis writes the key and knows no WAIT
	kinds, cells := 0, map[string]bool{}
	for _, key := range w.client.Keys(soon(t), "*").Val() {
		name := strings.Replace(key, w.namespace, "clv", 1)
		if before, _, isOrders := strings.Cut(name, ":orders:"); isOrders {
			name = before + ":orders:k"
		}
		if strings.Contains(name, "{") && !strings.Contains(name, "{s007}") {
			continue // as shard 7
		}
		kinds++
		if !strings.Contains(string(comment), "//\t"+name+" ") {
			t.Errorf("doc.go does not describe %s", name)
		}
		if w.client.Type(soon(t), key).Val() != "hash" || strings.HasSuffix(name, ":customers") || strings.HasSuffix(name, ":orders:k") || strings.HasSuffix(name, "}:models") {
			continue
		}
		for field := range w.client.HGetAll(soon(t), key).Val() {
			if strings.HasSuffix(name, ":stat") {
				figure, group, ofGroup := strings.Cut(field, "@")
				cells[statKind(figure)] = true
				if ofGroup {
					cells["@"+statKind(group)] = true
				}
				continue
			}
			kind, _, ofSomething := strings.Cut(field, ":")
			switch {
			case ofSomething && kind == "activation":
				kind += ":number"
			case ofSomething && name == "clv:models":
				kind += ":version"
			case ofSomething && kind == "journal":
				kind += ":k"
			case ofSomething:
				kind += ":topic/part"
			}
			kind = strings.Replace(kind, source(0).String(), "topic/partition", 1)
			if !strings.Contains(string(comment), "//\t    "+kind+" ") {
				t.Errorf("doc.go does not describe the field %s of %s", kind, name)
			}
		}
	}
	for kind := range cells {
		if !strings.Contains(string(names), "//\t"+kind+" ") {
			t.Errorf("layout/cell.go does not describe the statistics %s", kind)
		}
	}
	if want := regexp.MustCompile(`(?m)^//\t[@a-z]`).FindAll(names, -1); kinds != 12 || len(cells) != len(want) {
		t.Errorf("%d kinds of key and %d of statistics were written, want all 10 and %d", kinds, len(cells), len(want))
	}
}

// leaving are customers of whom it is told what they cost, and that they left.
func leaving(n int) (events []history.Event) {
	for c := range n {
		told := orderOf(fmt.Sprintf("c%d", c), 2)
		told.Kind, told.Channel = history.CustomerAcquired, "tv"
		if c%2 == 0 {
			told.Kind = history.ChurnConfirmed
		}
		events = append(events, told)
	}
	return events
}

// statKind is how doc.go names what fields of statistics are made of.
func statKind(name string) string {
	kind, _, named := strings.Cut(name, ":")
	if !named {
		return kind
	}
	of, known := map[string]string{
		"status": "name", "stage": "name", "channel": "name", "cohort": "month", "month": "month", "returned": "month+n",
	}[kind]
	if !known {
		of = "n"
	}
	return kind + ":" + of
}
