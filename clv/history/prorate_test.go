package history

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestProrateAgainstRationals(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 20_000 {
		whole := rnd.Int64() >> rnd.IntN(63)
		part := int64(0)
		if whole > 0 {
			part = rnd.Int64N(whole + 1)
		}
		amount := int64(rnd.Uint64()) >> rnd.IntN(63)
		want := big.NewInt(amount)
		if whole > 0 {
			want = halfAwayFromZero(amount, part, whole)
		}
		if got := prorate(amount, part, whole); !want.IsInt64() || got != want.Int64() {
			t.Fatalf("seed %d: prorate(%d, %d, %d) = %d, want %s", seed, amount, part, whole, got, want)
		}
	}
}

func halfAwayFromZero(amount, part, whole int64) *big.Int {
	twice := new(big.Int).Mul(big.NewInt(amount), big.NewInt(part))
	twice.Lsh(twice.Abs(twice), 1).Add(twice, big.NewInt(whole))
	rounded := twice.Quo(twice, new(big.Int).Lsh(big.NewInt(whole), 1))
	if amount < 0 {
		rounded.Neg(rounded)
	}
	return rounded
}

func TestProrateAtTheEdges(t *testing.T) {
	const most, least = math.MaxInt64, math.MinInt64
	for _, c := range [][4]int64{ // amount, part, whole, want
		{10, 0, 0, 10}, {-10, 0, 0, -10}, {10, 0, 7, 0}, {10, 7, 7, 10},
		{1, 1, 2, 1}, {-1, 1, 2, -1}, {1, 1, 3, 0}, {2, 1, 3, 1}, {-2, 1, 3, -1},
		{most, most - 1, most, most - 1}, {-most, most - 1, most, 1 - most}, {least, most, most, least}, {least, 1, 2, least / 2},
	} {
		if got := prorate(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("prorate(%d, %d, %d) = %d, want %d", c[0], c[1], c[2], got, c[3])
		}
	}
}
