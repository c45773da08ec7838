package jsonform

import (
	"math/big"
	"slices"
	"strconv"
)

const (
	// maxUnscaledBytes bounds decimals: 32 bytes have up to 77 digits, and no amount has more.
	maxUnscaledBytes = 32
	// maxScale bounds how many zeros a scale can ask for.
	maxScale = 64
)

// AppendDecimal appends a decimal as text: unscaled is its digits as a whole number in
// big-endian two's complement, of which scale are behind the point. A negative scale stands
// for zeros. More digits than precision are a flaw; 0: any number.
func AppendDecimal(dst, unscaled []byte, scale, precision int) ([]byte, error) {
	switch {
	case len(unscaled) == 0:
		return dst, Bad("is a decimal without bytes")
	case len(unscaled) > maxUnscaledBytes:
		return dst, Bad("is a decimal of more than " + strconv.Itoa(maxUnscaledBytes) + " bytes")
	case scale > maxScale || scale < -maxScale:
		return dst, Bad("is a decimal with a scale beyond " + strconv.Itoa(maxScale))
	}
	dst = append(dst, '"')
	digits := len(dst)
	dst = appendSigned(dst, unscaled)
	if dst[digits] == '-' {
		digits++
	}
	if precision > 0 && len(dst)-digits > precision {
		return dst, Bad("is a decimal of more digits than its schema says")
	}
	return append(appendPoint(dst, digits, scale), '"'), nil
}

// appendSigned appends a whole number, nearly always without a big one.
func appendSigned(dst, raw []byte) []byte {
	negative := raw[0] >= 0x80
	if len(raw) > 8 {
		n := new(big.Int).SetBytes(raw)
		if negative {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
		}
		return n.Append(dst, 10)
	}
	var n int64
	if negative {
		n = -1
	}
	for _, b := range raw {
		n = n<<8 | int64(b)
	}
	return strconv.AppendInt(dst, n, 10)
}

// appendPoint puts a point before the last digits of what begins at start, or zeros behind.
func appendPoint(dst []byte, start, scale int) []byte {
	if scale < 0 && string(dst[start:]) != "0" {
		for range -scale {
			dst = append(dst, '0')
		}
	}
	if scale <= 0 {
		return dst
	}
	for len(dst)-start <= scale {
		dst = slices.Insert(dst, start, '0')
	}
	return slices.Insert(dst, len(dst)-scale, '.')
}
