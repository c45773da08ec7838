package amounts

import (
	"errors"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv/money"
)

func TestCurrency(t *testing.T) {
	currency := func(code string) money.Currency {
		c, err := money.ParseCurrency(code)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, tc := range []struct {
		unit, own, want string
		err             error
	}{
		{"€", "USD", "EUR", nil}, {"$", "USD", "USD", nil}, {"$", "CAD", "CAD", nil}, {"$", "EUR", "", ErrSeveralUnits}, {"US$", "CAD", "USD", nil},
		{"EUR", "USD", "EUR", nil}, {"usd", "EUR", "USD", nil}, {"¥", "CNY", "CNY", nil}, {"pcs", "USD", "", ErrUnknownUnit},
	} {
		got, err := Currency(tc.unit, currency(tc.own))
		if got.String() != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("%s in a file of %s: got %s, %v, want %s", tc.unit, tc.own, got, err, tc.want)
		}
	}
	for unit, codes := range symbols {
		for code := range strings.FieldsSeq(codes) {
			currency(code)
		}
		if n, err := Read([]byte(unit+"1.50"), Point); err != nil || n.Unit != unit {
			t.Errorf("%s1.50 is read as %s in %q: %v", unit, n, n.Unit, err)
		}
	}
}
