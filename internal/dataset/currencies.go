package dataset

import (
	"cmp"
	"maps"
	"slices"

	"github.com/clvstream/clvstream/clv/money"
)

// Currencies are the keys of sums by currency, in the order of their codes.
func Currencies(sums map[money.Currency]int64) []money.Currency {
	return slices.SortedFunc(maps.Keys(sums), func(a, b money.Currency) int { return cmp.Compare(a.String(), b.String()) })
}
