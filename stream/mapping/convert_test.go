package mapping

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/clvstream/clvstream/stream/event"
)

// fieldCase is what a field's table makes of a value; worked out by hand.
type fieldCase struct{ field, spec, value, want string }

// refusal begins what a case wants of a value that is refused.
const refusal = "refused: "

func TestFieldTypes(t *testing.T) {
	for _, c := range []fieldCase{
		{"customer_id", `value.x`, `"c-1"`, `"c-1"`},
		{"customer_id", `value.x`, `5800000000000000007`, `"5800000000000000007"`}, // a double would give …000
		{"customer_id", `value.x`, `-7`, `"-7"`},
		{"customer_id", `value.x`, `7.0`, refusal + "bad_id"},
		{"customer_id", `value.x`, `true`, refusal + "bad_id"},
		{"customer_id", `{path: value.x, default: nobody}`, `null`, `"nobody"`},
		{"customer_id", `{path: value.x, nulls: ["", none], default: nobody}`, `"none"`, `"nobody"`},
		{"customer_id", `{join: [value.x, "-", value.x]}`, `7`, `"7-7"`},
		{"customer_id", `{join: [value.x, /, value.y]}`, `7`, ``},
		{"customer_id", `[value.y, value.x]`, `7`, `"7"`},

		{"amount", `value.x`, `"29.30"`, `"29.30"`},
		{"amount", `value.x`, `29.3`, refusal + "bad_amount"},
		{"amount", `value.x`, `29`, refusal + "bad_amount"},
		{"amount", `{path: value.x, type: number_as_text}`, `29.3`, `"29.3"`},
		{"amount", `{path: value.x, type: number_as_text}`, `0.30000000000000004`, `"0.30000000000000004"`}, // for the currency to refuse
		{"amount", `{path: value.x, type: number_as_text, round_to: 2}`, `0.30000000000000004`, `"0.30"`},
		{"amount", `{path: value.x, type: number_as_text, round_to: 2}`, `0.125`, `"0.12"`}, // half to even
		{"amount", `{path: value.x, type: number_as_text, round_to: 2}`, `0.135`, `"0.14"`},
		{"amount", `{path: value.x, type: number_as_text, round_to: 2}`, `-0.125`, `"-0.12"`},
		{"amount", `{path: value.x, type: number_as_text}`, `1.2345678901234568e+16`, `"12345678901234568"`},
		{"amount", `{path: value.x, type: number_as_text}`, `5E-3`, `"0.005"`},
		{"amount", `{path: value.x, type: number_as_text}`, `1e999`, refusal + "bad_amount"},
		{"amount", `{path: value.x, negate: true}`, `"-8.90"`, `"8.90"`},
		{"amount", `{path: value.x, type: minor}`, `2930`, `2930`},
		{"amount", `{path: value.x, type: minor}`, `"2930"`, `2930`},
		{"amount", `{path: value.x, type: minor}`, `29.3`, refusal + "bad_amount"},
		{"amount", `{path: value.x, type: minor, scale: 2}`, `5`, `"0.05"`},
		{"amount", `{path: value.x, type: minor, scale: 2}`, `-5`, `"-0.05"`},
		{"margin", `{path: value.x, type: minor, scale: 2}`, `-9223372036854775808`, `"-92233720368547758.08"`},
		{"amount", `{path: value.x, type: minor, scale: value.s}`, `5`, refusal + "bad_amount"},
		{"amount", `{path: value.x, type: minor, scale: 0}`, `5000`, `"5000"`},
		{"amount", `{path: value.x, type: minor, negate: true}`, `-5`, `5`},
		{"amount", `{path: value.x, type: base64_decimal, scale: 2}`, `"C3I="`, `"29.30"`},          // 0x0B72 = 2930
		{"amount", `{path: value.x, type: base64_decimal, scale: 2}`, `"/nA="`, `"-4.00"`},          // 0xFE70 = −400
		{"amount", `{path: value.x, type: base64_decimal, scale: 2}`, `"AA=="`, `"0.00"`},           //
		{"amount", `{path: value.x, type: base64_decimal, scale: 2}`, `"fw=="`, `"1.27"`},           //
		{"amount", `{path: value.x, type: base64_decimal, scale: 2}`, `"gA=="`, `"-1.28"`},          // 0x80
		{"amount", `{path: value.x, type: base64_decimal, scale: 4}`, `"Arw="`, `"0.0700"`},         // 0x02BC = 700
		{"amount", `{path: value.x, type: base64_decimal}`, `{"scale":1,"value":"ASU="}`, `"29.3"`}, // 0x0125 = 293
		{"amount", `{path: value.x, type: base64_decimal}`, `{"scale":-2,"value":"Aw=="}`, `"300"`},
		{"amount", `{path: value.x, type: base64_decimal, scale: 2}`, `"AQAAAAAAAAAA"`, `"184467440737095516.16"`}, // nine bytes: 2⁶⁴ = 18446744073709551616
		{"amount", `{path: value.x, type: base64_decimal, scale: 2}`, `"29.30"`, refusal + "bad_amount"},
		{"amount", `{path: value.x, type: base64_decimal}`, `"C3I="`, refusal + "bad_amount"},
		{"amount", `{path: value.x, type: base64_decimal, scale: 2}`, `29.3`, refusal + "bad_amount"},

		{"occurred_at", `value.x`, `"2026-03-14T09:26:53+01:00"`, `"2026-03-14T09:26:53+01:00"`},
		{"occurred_at", `{path: value.x, type: unix}`, `1773480413`, `"2026-03-14T09:26:53Z"`},
		{"occurred_at", `{path: value.x, type: unix}`, `"1773480413.5"`, `"2026-03-14T09:26:53.5Z"`},
		{"occurred_at", `{path: value.x, type: unix}`, `-0.5`, `"1969-12-31T23:59:59.5Z"`},
		{"occurred_at", `{path: value.x, type: unix_ms}`, `"1773480413123"`, `"2026-03-14T09:26:53.123Z"`},
		{"occurred_at", `{path: value.x, type: unix_us}`, `1773480413123456`, `"2026-03-14T09:26:53.123456Z"`},
		{"occurred_at", `{path: value.x, type: unix_us}`, `9223372036854775807`, refusal + "bad_time"}, // infinity
		{"occurred_at", `{path: value.x, type: unix_ns}`, `1773480413123456789`, `"2026-03-14T09:26:53.123456Z"`},
		{"occurred_at", `{path: value.x, type: unix_us, zone: Europe/Berlin}`, `1773480413123456`, `"2026-03-14T09:26:53.123456+01:00"`},
		{"occurred_at", `{path: value.x, type: unix_us, zone: Europe/Berlin}`, `1784021213000000`, `"2026-07-14T09:26:53+02:00"`},
		{"occurred_at", `{path: value.x, type: days}`, `20526`, `"2026-03-14T00:00:00Z"`},
		{"occurred_at", `{path: value.x, type: unix_ms}`, `1.5`, refusal + "bad_time"},
		{"occurred_at", `{path: value.x, type: unix}`, `"soon"`, refusal + "bad_time"},
		{"occurred_at", `{path: value.x, type: wall_clock, zone: Europe/Berlin}`, `"2026-03-14T09:26:53.123456Z"`, `"2026-03-14T09:26:53.123456+01:00"`},
		{"occurred_at", `{path: value.x, type: wall_clock, zone: Europe/Berlin}`, `"2026-07-14"`, `"2026-07-14T00:00:00+02:00"`},
		{"occurred_at", `{path: value.x, type: wall_clock, zone: Europe/Berlin}`, `"14.07.2026"`, refusal + "bad_time"},

		{"occurred_at", `{path: value.x, type: wall_clock, zone: Europe/Berlin, format: "DD.MM.YYYY hh:mm"}`, `"14.07.2026 09:26"`, `"2026-07-14T09:26:00+02:00"`},
		{"occurred_at", `{path: value.x, type: wall_clock, zone: Europe/Berlin, format: "D.M.YYYY"}`, `"4.7.2026"`, `"2026-07-04T00:00:00+02:00"`},
		{"occurred_at", `{path: value.x, type: wall_clock, zone: Europe/Berlin, format: "DD.MM.YYYY hh:mm:ss"}`, `"14.07.2026 09:26:53.5"`, `"2026-07-14T09:26:53.5+02:00"`},
		{"occurred_at", `{path: value.x, type: wall_clock, zone: Europe/Berlin, format: "DD.MM.YYYY"}`, `"07/14/2026"`, refusal + "bad_time"},
		{"occurred_at", `{path: value.x, type: wall_clock, zone: Europe/Berlin, format: "DD.MM.YYYY"}`, `"31.02.2026"`, refusal + "bad_time"},
		{"amount", `{path: value.x, decimal_comma: true}`, `"29,30"`, `"29.30"`},
		{"amount", `{path: value.x, decimal_comma: true, negate: true}`, `"-29,30"`, `"29.30"`},
		{"amount", `{path: value.x, decimal_comma: true}`, `"1.029,30"`, refusal + "bad_amount"},
		{"amount", `{path: value.x, decimal_comma: true}`, `"29.30"`, refusal + "bad_amount"},

		{"currency", `{path: value.x, upper: true}`, `"eur"`, `"EUR"`},
		{"currency", `{path: value.x, map: {HUF0: HUF, "*": "="}}`, `"HUF0"`, `"HUF"`},
		{"currency", `{path: value.x, map: {HUF0: HUF, "*": "="}}`, `"CHF"`, `"CHF"`},
		{"currency", `{path: value.x, map: {HUF0: HUF}}`, `"CHF"`, refusal + "bad_field"},
		{"currency", `{const: EUR}`, `null`, `"EUR"`},
		{"channel", `{path: value.x, map: {"*": other}}`, `"w\u00e9b\""`, `"other"`},
		{"channel", `value.x`, `"w\u00e9b\""`, `"w\u00e9b\""`},
		{"channel", `'value.x.json().a[1]'`, `"{\"a\":[1,\"b\"]}"`, `"b"`},
		{"channel", `value.x.json().a`, `"{\"b\":1}"`, ``},
		{"channel", `value.x.json().a`, `" "`, ``},
		{"channel", `value.x.json().a`, `"no JSON"`, refusal + "undecodable"},
		{"channel", `value.x.json().a`, `"{\"a\":\"web\""`, refusal + "undecodable"}, // cut off
		{"channel", `{path: [value.y, value.x.json().a], default: web}`, `"{\"a"`, refusal + "undecodable"},
		{"channel", `value.x.json().a`, `"{\"a\":\"b\",\"a\":\"c\"}"`, refusal + "undecodable"},
		{"customer_id", `{path: value.x, lower: true}`, `"K-42"`, `"k-42"`},
		{"customer_id", `{path: value.x, map: {"42": k}}`, `42`, `"k"`},
		{"customer_id", `{path: value.x, nulls: ["0"]}`, `0`, ``}, // a guest
		{"order_id", `{const: 0123}`, `null`, `"0123"`},
		{"amount", `{path: value.x, default: 0}`, `null`, `0`},
		{"amount", `{path: value.x, default: "0.00"}`, `null`, `"0.00"`},
		{"amount", `{path: value.x, type: base64_decimal, scale: 4, round_to: 2}`, `"AJaxPQ=="`, `"987.58"`}, // 0x96B13D = 9875773
		{"amount", `{path: value.x, type: minor, scale: 3, round_to: 2}`, `12345`, `"12.34"`},                // half to even
		{"probability", `{path: value.x, default: 0.5}`, `null`, `0.5`},
		{"channel", `'value["x"].y'`, `{"y":"z"}`, `"z"`},
		{"version", `value.x`, `26991504`, `26991504`},
		{"version", `value.x`, `"26991504"`, `26991504`},
		{"version", `value.x`, `1.5`, refusal + "bad_field"},
		{"probability", `value.x`, `"0.25"`, `0.25`},
		{"probability", `value.x`, `"high"`, refusal + "bad_field"},
	} {
		m, err := Parse("m.yaml", []byte("records: {topics: [t]}\nrules:\n  - events:\n      - type: churn.predicted\n        fields: {"+c.field+": "+c.spec+"}\n"))
		if err != nil {
			t.Errorf("%s %s: %v", c.field, c.spec, err)
			continue
		}
		got := memberOf(t, m, c.field, `{"x":`+c.value+`}`)
		if got != c.want && !(strings.HasPrefix(c.want, refusal) && strings.HasPrefix(got, c.want)) {
			t.Errorf("%s: %s of %s is %s, want %s", c.field, c.spec, c.value, got, c.want)
		}
	}
}

// memberOf is the JSON of one member of the one event of a value; empty: it has none.
func memberOf(t *testing.T, m *Mapping, field, value string) string {
	t.Helper()
	all, leftOut, err := NewReader([]*Mapping{m}).Translate(t.Context(), "t", 0, &event.Record{Value: []byte(value), TimestampMillis: time.Now().UnixMilli()})
	switch {
	case err != nil || len(all) != 1:
		t.Fatalf("%s: %d events, left out %v", value, len(all), leftOut)
	case all[0].Refused != nil:
		return refusal + all[0].Refused.Error()
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(all[0].JSON, &members); err != nil {
		t.Fatal(err)
	}
	return string(members[field])
}
