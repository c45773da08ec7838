package registry

import (
	"strings"
	"testing"
)

func TestSettingsAreChecked(t *testing.T) {
	for _, right := range []Settings{
		{Form: Prefix4, Number: ID},
		{Form: Prefix8, Number: GlobalID},
		{Form: Header, Number: GUID},
		{Form: Header, Number: ContentID, Header: "schema", Protobuf: ProtobufNone, Message: "shop.Order", Avro: AvroJSON},
	} {
		if err := right.Validate(); err != nil {
			t.Error(right, err)
		}
	}
	for _, c := range []struct {
		wrong Settings
		names []string
	}{
		{Settings{}, []string{"form:", "number:"}},
		{Settings{Form: "prefix", Number: "contentID"}, []string{`form: "prefix" is not one of prefix4, prefix8, header`, "number:"}},
		{Settings{Form: Prefix4, Number: GUID}, []string{"form: header"}},
		{Settings{Form: Prefix8, Number: ID}, []string{"prefix4"}},
		{Settings{Form: Prefix4, Number: ID, Header: "x"}, []string{"header:"}},
		{Settings{Form: Prefix4, Number: ID, Message: "Order"}, []string{"message:"}},
		{Settings{Form: Prefix4, Number: ID, Protobuf: "index", Avro: "text"}, []string{"protobuf:", "avro:"}},
	} {
		err := c.wrong.Validate()
		if _, made := NewReader(c.wrong, nil, 0); err == nil || made == nil {
			t.Error(c.wrong, "is taken")
			continue
		}
		for _, name := range c.names {
			if !strings.Contains(err.Error(), name) {
				t.Errorf("%+v: %v, want %s", c.wrong, err, name)
			}
		}
	}
}

func TestAccessIsChecked(t *testing.T) {
	for _, wrong := range []Access{
		{}, {URL: "registry:8081"}, {URL: "ftp://registry"}, {URL: "http://"}, {URL: "http://name:hidden@registry"}, {URL: "http://registry?x=1"},
		{URL: "http://registry", Username: "u"}, {URL: "http://registry", PasswordFile: "p"},
		{URL: "http://registry", Username: "u", PasswordFile: "p", TokenFile: "t"},
	} {
		if _, err := NewSchemas(wrong); err == nil {
			t.Errorf("%+v is taken", wrong)
		} else if strings.Contains(err.Error(), "hidden") {
			t.Error("a password is shown:", err)
		}
	}
}
