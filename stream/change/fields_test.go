package change_test

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/changetest"
	"github.com/clvstream/clvstream/stream/change"
)

// What is read of a field is what the published JSON says.
func TestFieldsAreWhatIsPublished(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, code := range []string{"USD", "JPY", "KWD"} {
		r := renderer(t, code)
		currency, _ := money.ParseCurrency(code)
		for range 300 {
			c := changetest.Any(random)
			text := r.Append(nil, c)
			published, err := change.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			data := change.Data{Change: c, Currency: currency}
			known := map[string]bool{}
			for _, o := range change.Objects() {
				for i := range o.Fields {
					f := &o.Fields[i]
					want := ""
					if o.There(&data) && f.Known(&data) {
						want = read(f, &data)
					}
					if got := published.Text(f.Path); got != want {
						t.Fatalf("%s is %q, and %q in %s", f.Path, want, got, text)
					}
					known[f.Path] = true
				}
			}
			for _, v := range published {
				if !known[v.Path] {
					t.Fatalf("%s is no field, in %s", v.Path, text)
				}
			}
			if again, err := json.Marshal(published); err != nil || string(again) != string(text) {
				t.Fatalf("%s is written as %s: %v", text, again, err)
			}
		}
	}
}

// read is a field that is known, as JSON has it without quotes.
func read(f *change.Field, d *change.Data) string {
	switch f.Type {
	case change.Count:
		return strconv.FormatInt(f.Whole(d), 10)
	case change.Number:
		return string(change.AppendNumber(nil, f.Number(d)))
	case change.Money:
		return money.FormatMinor(f.Whole(d), d.Currency.Exponent())
	case change.Time:
		return time.UnixMicro(f.Whole(d)).UTC().Format(time.RFC3339Nano)
	case change.Day:
		return calendar.Day(f.Whole(d)).Date().Format(time.DateOnly)
	case change.Truth:
		return strconv.FormatBool(f.Truth(d))
	default:
		return f.Text(d)
	}
}

// Every word has a sentence, and every field.
func TestEveryFieldIsDescribed(t *testing.T) {
	for f := range change.Fields() {
		if f.About == "" || change.Lookup(f.Path) != f {
			t.Errorf("%s: %q", f.Path, f.About)
		}
		for _, w := range f.Words {
			if w.About == "" {
				t.Errorf("%s: %s is not described", f.Path, w.Name)
			}
		}
	}
}
