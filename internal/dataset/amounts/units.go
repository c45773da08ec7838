package amounts

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/clvstream/clvstream/clv/money"
)

// symbols are what stands beside amounts for currencies, the commonest first.
var symbols = map[string]string{
	"$": "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP BSD BBD BMD BND BZD FJD GYD JMD KYD LRD NAD SBD SRD TTD XCD",
	"€": "EUR", "£": "GBP", "¥": "JPY CNY", "₹": "INR", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₩": "KRW",
	"₪": "ILS", "฿": "THB", "₫": "VND", "₱": "PHP", "₦": "NGN", "₡": "CRC", "₲": "PYG", "₸": "KZT", "₵": "GHS",
	"US$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "S$": "SGD", "HK$": "HKD", "NT$": "TWD", "R$": "BRL", "MX$": "MXN",
	"zł": "PLN", "Kč": "CZK", "Ft": "HUF", "lei": "RON", "kr": "SEK NOK DKK ISK", "kr.": "DKK SEK NOK ISK", "RM": "MYR", "Rp": "IDR", "Fr.": "CHF", "R": "ZAR",
}

// Errors of what stands beside an amount.
var (
	ErrUnknownUnit  = errors.New("no currency")
	ErrSeveralUnits = errors.New("the sign of several currencies")
)

// Currency is the one that a sign or code beside an amount names. A sign of several is the
// file's own currency if that is one of them.
func Currency(unit string, own money.Currency) (money.Currency, error) {
	if c, err := money.ParseCurrency(strings.ToUpper(unit)); err == nil {
		return c, nil
	}
	codes := strings.Fields(symbols[unit])
	switch {
	case len(codes) == 0:
		return money.Currency{}, ErrUnknownUnit
	case slices.Contains(codes, own.String()):
		return own, nil
	case len(codes) > 1:
		return money.Currency{}, fmt.Errorf("%w (%s)", ErrSeveralUnits, strings.Join(codes[:min(len(codes), 3)], ", "))
	}
	return money.ParseCurrency(codes[0])
}
