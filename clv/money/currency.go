package money

import (
	"errors"
	"strings"
)

// Currency is an ISO 4217 currency. The zero Currency is none.
type Currency struct {
	code     string // one of the table's, so that it keeps no caller's buffer alive
	exponent uint8
}

// ErrUnknownCurrency refuses a code that is not a currency of ISO 4217.
var ErrUnknownCurrency = errors.New("not an ISO 4217 currency code such as EUR (three upper-case letters)")

// ISO 4217 list one of 2026-01-01 by minor-unit exponent, without metals,
// funds of account that have no minor unit, and test codes.
//
// golang.org/x/text/currency is not the source: its exponents are CLDR's, which
// say how amounts are shown (COP, RSD and 30 others without decimals), not how
// they are counted, and its data lacks the newest codes (SLE, VES, XCG, ZWG).
const (
	currencies0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
	currencies2 = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD " +
		"CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS " +
		"GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL " +
		"MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK " +
		"PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS " +
		"TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"
	currencies3 = "BHD IQD JOD KWD LYD OMR TND"
	currencies4 = "CLF UYW"

	// ISO 4217 list three: currencies withdrawn since 1995, from when on events are taken;
	// logs that are replayed still hold them. The list has no exponents: these are the
	// ones of the Java runtime's table, and 2 where that lacks the code.
	withdrawn0 = "ADP BEF BYB BYR ESP GRD ITL LUF MGF PTE ROL TPE TRL"
	withdrawn2 = "AFA ANG AON AOR ATS AYM AZM BAD BGL BGN CSD CUC CYP DEM ECS EEK FIM FRF GEK GHC GWP HRK IEP " +
		"LTL LVL MRO MTL MZM NLG PLZ RUR SDD SDP SIT SKK SLL SRG STD TJR TMM UAK USS VEB VEF XEU YUM YUN ZMK " +
		"ZRN ZWD ZWL ZWN ZWR"
)

var currencyTable = buildCurrencyTable()

func buildCurrencyTable() map[string]Currency {
	table := make(map[string]Currency, 256)
	for exponent, codes := range map[uint8]string{
		0: currencies0 + " " + withdrawn0,
		2: currencies2 + " " + withdrawn2,
		3: currencies3,
		4: currencies4,
	} {
		for code := range strings.FieldsSeq(codes) {
			table[code] = Currency{code: code, exponent: exponent}
		}
	}
	return table
}

// ParseCurrency finds a currency by its code, or answers ErrUnknownCurrency.
func ParseCurrency(code string) (Currency, error) {
	c, ok := currencyTable[code]
	if !ok {
		return Currency{}, ErrUnknownCurrency
	}
	return c, nil
}

// String is the ISO 4217 code, such as "EUR".
func (c Currency) String() string { return c.code }

// Exponent is the number of decimals of the currency's minor unit, 0 to 4:
// 2 for EUR (cents), 0 for JPY, 3 for KWD.
func (c Currency) Exponent() int { return int(c.exponent) }
