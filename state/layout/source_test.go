package layout

import "testing"

func TestSourceRoundTrip(t *testing.T) {
	for _, s := range []Source{{Topic: "orders"}, {Topic: "a/b", Partition: 2_147_483_647}, {Topic: "", Partition: 3}} {
		if got, err := ParseSource(s.String()); err != nil || got != s {
			t.Errorf("%+v is read as %+v, %v", s, got, err)
		}
	}
	for _, text := range []string{"", "orders", "orders/", "orders/x", "orders/2147483648"} {
		if got, err := ParseSource(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}
