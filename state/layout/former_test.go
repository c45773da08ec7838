package layout

import (
	"bytes"
	"testing"
)

// Customers as the version before stored them are what they were, and are stored anew.
func TestReadsCustomersOfTheVersionBefore(t *testing.T) {
	_, stored := samples()
	customers := 0
	for name, former := range goldenOf(t, Number-1) {
		if former[0] != formerCustomerSchema && former[0] != extendedFormerCustomerSchema || kindOf(name) != "customer" {
			continue
		}
		customers++
		c, err := DecodeCustomer(string(former))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if again := AppendCustomer(nil, c); !bytes.Equal(again, stored[name]) {
			t.Errorf("%s is stored anew as\n%x, want\n%x", name, again, stored[name])
		}
		for cut := range former {
			if _, err := DecodeCustomer(string(former[:cut])); err == nil && former[0] == formerCustomerSchema {
				t.Errorf("%s: %d of %d bytes are read", name, cut, len(former))
			}
		}
	}
	if customers < 6 {
		t.Errorf("%d customers of the version before: the test does not cover it", customers)
	}
}
