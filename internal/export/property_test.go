package export

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/standing"
)

// Everything that is stored of a customer is in the document: whichever field of clv.Customer
// is another one, the document is another one. A field that is added there and not here fails.
func TestEveryStoredFieldIsExported(t *testing.T) {
	usd, err := money.ParseCurrency("USD")
	if err != nil {
		t.Fatal(err)
	}
	tell := teller{currency: usd, tiers: []standing.Tier{{Name: "bronze"}, {Name: "silver"}}}
	exported := func(c *clv.Customer) string {
		d := Document{Stored: tell.stored(c, 1), Erasure: erasureOf(c)}
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	full := func() *clv.Customer {
		c := &clv.Customer{}
		n := 1
		fill(reflect.ValueOf(c).Elem(), usd, &n)
		return c
	}
	want := exported(full())
	leaves := 0
	for {
		c := full()
		path, done := alter(reflect.ValueOf(c).Elem(), "Customer", leaves)
		if done {
			break
		}
		leaves++
		if notStored[path] == "" && exported(c) == want {
			t.Errorf("%s is stored and not exported", path)
		}
	}
	if leaves < 100 {
		t.Errorf("only %d fields were tried", leaves)
	}
}

// notStored are fields that no customer has stored, and why.
var notStored = map[string]string{
	"Customer.History.Waiting.Event.MarginMinor": "of orders alone, which do not wait",
	"Customer.History.Waiting.Event.MarginKnown": "likewise",
	"Customer.History.Waiting.Event.Channel":     "likewise",
	"Customer.History.Waiting.Event.Probability": "of churn, which does not wait",
}

// fill gives each exported field a value of its own, and each slice one element.
func fill(v reflect.Value, currency money.Currency, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[money.Currency]() {
			v.Set(reflect.ValueOf(currency))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), currency, n)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), currency, n)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), currency, n)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 100)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Uint64:
		v.SetUint(uint64(*n) + 1000)
	default:
		v.SetInt(int64(*n) + 10)
	}
}

// alter makes the leaf of a number another one, and names it; done: there are fewer.
func alter(v reflect.Value, path string, number int) (name string, done bool) {
	left := number
	var walk func(v reflect.Value, path string) string
	walk = func(v reflect.Value, path string) string {
		switch v.Kind() {
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[money.Currency]() {
				break
			}
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() {
					if name := walk(v.Field(i), path+"."+f.Name); name != "" {
						return name
					}
				}
			}
			return ""
		case reflect.Slice:
			return walk(v.Index(0), path)
		case reflect.Pointer:
			return walk(v.Elem(), path)
		}
		if left--; left >= 0 {
			return ""
		}
		another(v)
		return path
	}
	name = walk(v, path)
	return name, name == ""
}

func another(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		eur, _ := money.ParseCurrency("EUR")
		v.Set(reflect.ValueOf(eur))
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.String:
		v.SetString(v.String() + "0")
	case reflect.Float64:
		v.SetFloat(v.Float() + 1)
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	default:
		v.SetInt(v.Int() + 1)
	}
}
