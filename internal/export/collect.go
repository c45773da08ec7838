package export

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/state/layout"
	"github.com/clvstream/clvstream/stream/change"
)

// Collect reads all that Redis holds of a customer. What it takes to show one is given; their
// stored state is read here.
func Collect(ctx context.Context, store *state.Store, namespace string, of *customerview.Customer) (*Document, error) {
	stored, size, err := store.CustomerOfBytes(ctx, of.ID)
	if err != nil {
		return nil, err
	}
	t := teller{currency: of.Currency, tiers: of.Valuation.Awake.Tiers.Tiers}
	d := &Document{
		Schema: SchemaVersion, CustomerID: of.ID, Namespace: namespace, ExportedAt: time.UnixMicro(of.NowMicros).UTC(),
		Currency: of.Currency.String(), TimeZone: of.Valuation.Rules.Calendar.Location().String(), Held: stored != nil, Outbox: []Waiting{}, Letters: []Letter{},
	}
	if stored != nil {
		d.Erasure = erasureOf(stored)
	}
	if stored != nil && !stored.Erased() {
		of.Stored = stored
		of.NowMicros = max(of.NowMicros, stored.History.LatestMicros)
		d.Stored = t.stored(stored, size)
		if d.Now, err = of.AsOf(of.NowMicros); err != nil {
			return nil, err
		}
	}
	return d, d.waiting(ctx, store, of)
}

func erasureOf(c *clv.Customer) *Erasure {
	if !c.Erasure.Known {
		return nil
	}
	return &Erasure{instant(c.Erasure.AtMicros), c.Erasure.Anew, c.Erasure.Version}
}

// outboxPage is how many entries of an outbox are read at once.
const outboxPage = 64

// waiting adds what waits of the customer in the outbox of their shard.
func (d *Document) waiting(ctx context.Context, store *state.Store, of *customerview.Customer) error {
	renderer := change.NewRenderer(of.Currency)
	shard := state.Shard(of.ID, store.Shards())
	for after := ""; ; {
		entries, err := store.Waiting(ctx, []int{shard}, []string{after}, outboxPage)
		if err != nil {
			return err
		}
		for e := range entries[0] {
			entry := &entries[0][e]
			after = entry.ID
			for i := range entry.Items {
				if err := d.item(entry.Source, &entry.Items[i], &renderer); err != nil {
					return err
				}
			}
		}
		if len(entries[0]) < outboxPage {
			return nil
		}
	}
}

func (d *Document) item(source layout.Source, item *layout.Item, renderer *change.Renderer) error {
	if letter := item.DeadLetter; letter != nil {
		if mentions(letter.Key, letter.Value, d.CustomerID) {
			at := letter.Origin
			if at.Input == "" {
				at = history.Place{Input: source.Topic, Partition: source.Partition, Offset: item.Offset, Part: item.Part}
			}
			d.Outbox = append(d.Outbox, Waiting{Letter: &Letter{Reason: letter.Reason.String(), Detail: letter.Detail, Record: place(at)}})
		}
		return nil
	}
	if item.Change.CustomerID != d.CustomerID {
		return nil
	}
	values, err := change.Parse(renderer.Append(nil, item.Change))
	if err != nil {
		return fmt.Errorf("read a change that waits: %w", err)
	}
	d.Outbox = append(d.Outbox, Waiting{Change: values})
	return nil
}

// mentions says whether a record may be of a customer: by its key, or by the id as a text
// somewhere in its value, whatever form that has.
func mentions(key, value []byte, id string) bool {
	quoted, _ := json.Marshal(id) // a string can be written
	return string(key) == id || bytes.Contains(value, quoted)
}
