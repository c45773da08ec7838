package layout

import (
	"encoding/binary"

	"github.com/clvstream/clvstream/clv/history"
)

// share is what part of an order's amount was margin, of the largest order so far. The next
// one's margin is stored as what it has beyond that: a small number, where margins are a
// share of the amount.
type share struct {
	amountMinor int64
	ratio       int64 // of margin to amount, times 2³²
}

// mostShares bounds amounts and margins of which shares are taken.
const mostShares = 1 << 31

// of is the margin of an amount by the share, roughly: nothing but that the writer and
// the reader find the same depends on it.
func (s *share) of(amountMinor int64) int64 {
	if amountMinor < 0 || amountMinor >= mostShares {
		return 0
	}
	return amountMinor * s.ratio >> 32
}

func (s *share) take(amountMinor, marginMinor int64) {
	if s.amountMinor < amountMinor && amountMinor < mostShares && -mostShares < marginMinor && marginMinor < mostShares {
		*s = share{amountMinor, marginMinor << 32 / amountMinor}
	}
}

// appendMoney appends amount uvarint, of its 64 bits, and margin varint minor beyond the
// share.
func appendMoney(dst []byte, amountMinor, marginMinor int64, s *share) []byte {
	dst = binary.AppendUvarint(dst, uint64(amountMinor))
	dst = binary.AppendVarint(dst, marginMinor-s.of(amountMinor))
	s.take(amountMinor, marginMinor)
	return dst
}

func (r *reader) money(s *share) (amountMinor, marginMinor int64) {
	amountMinor = int64(r.uvarint())
	marginMinor = s.of(amountMinor) + r.varint()
	s.take(amountMinor, marginMinor)
	return amountMinor, marginMinor
}

// appendWorth appends amount and margin; if foreign: own; if back: uvarint minor of the own
// currency.
func appendWorth(dst []byte, w *history.Worth, s *share) []byte {
	dst = appendMoney(dst, w.AmountMinor, w.MarginMinor, s)
	dst = appendOwn(dst, w.Own)
	if w.BackMinor != 0 {
		dst = binary.AppendUvarint(dst, uint64(w.BackMinor))
	}
	return dst
}

func readWorth(r *reader, w *history.Worth, foreign, back bool, s *share) {
	w.AmountMinor, w.MarginMinor = r.money(s)
	readOwnWorth(r, w, foreign, back)
}

func readOwnWorth(r *reader, w *history.Worth, foreign, back bool) {
	if foreign {
		w.Own = r.own(true)
	}
	if back {
		if w.BackMinor = r.minor(); w.BackMinor == 0 {
			r.fail(errForeign)
		}
	}
}
