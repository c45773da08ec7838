package change_test

import (
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/changetest"
	"github.com/clvstream/clvstream/stream/change"
)

// What a field is for people is what the published JSON says, read again.
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
			for f := range change.Fields() {
				if got := f.String(&data); got != published[f.Path] {
					t.Fatalf("%s is %q, and %q in %s", f.Path, got, published[f.Path], text)
				}
				delete(published, f.Path)
			}
			if len(published) > 0 {
				t.Fatalf("no field is %v in %s", published, text)
			}
		}
	}
}

func TestParseRefusesWhatIsNoChange(t *testing.T) {
	for _, text := range []string{"", "{", `"x"`, "[]", `{"clv":{]}`} {
		if _, err := change.Parse([]byte(text)); err == nil {
			t.Errorf("%s is read", text)
		}
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
