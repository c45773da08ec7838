package registry

import (
	"bytes"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/stream/event"
)

func header(name, value string) event.Header {
	h := event.Header{Key: []byte(name)}
	if value != "null" {
		h.Value = []byte(value)
	}
	return h
}

func TestLocate(t *testing.T) {
	guid := "\x74\xf2\x4b\x72\xd2\xc5\x4b\x03\xb1\x7c\xd5\x4f\x18\xa2\xe6\x83"
	for name, c := range map[string]struct {
		settings Settings
		value    string
		headers  []event.Header
		id       string // empty: refused, with
		says     string
	}{
		"four bytes":              {Settings{Form: Prefix4, Number: ID}, "\x00\x00\x00\x00\x2arest", nil, "id 42", ""},
		"eight bytes":             {Settings{Form: Prefix8, Number: GlobalID}, "\x00\x00\x00\x00\x00\x00\x00\x00\x2arest", nil, "globalId 42", ""},
		"eight read as four":      {Settings{Form: Prefix4, Number: ID}, "\x00\x00\x00\x00\x00\x00\x00\x00\x2arest", nil, "", "set form"},
		"an id that is negative":  {Settings{Form: Prefix4, Number: ID}, "\x00\x80\x00\x00\x2arest", nil, "", "set form"},
		"eight that are negative": {Settings{Form: Prefix8, Number: ContentID}, "\x00\x80\x00\x00\x00\x00\x00\x00\x2arest", nil, "", "set form"},
		"no zero byte":            {Settings{Form: Prefix4, Number: ID}, "\x01\x00\x00\x00\x2arest", nil, "", "form: prefix4"},
		"too short":               {Settings{Form: Prefix8, Number: ContentID}, "\x00\x00\x00\x00\x2ar", nil, "", "form: prefix8"},
		"empty":                   {Settings{Form: Prefix4, Number: ID}, "", nil, "", "form: prefix4"},
		"a header":                {Settings{Form: Header, Number: GlobalID}, "rest", []event.Header{header("apicurio.value.globalId", "\x00\x00\x00\x00\x00\x00\x00\x2a")}, "globalId 42", ""},
		"the last of two":         {Settings{Form: Header, Number: ContentID}, "rest", []event.Header{header("apicurio.value.contentId", "x"), header("apicurio.value.contentId", "\x00\x00\x00\x00\x00\x00\x00\x2a")}, "contentId 42", ""},
		"a header by its name":    {Settings{Form: Header, Number: ContentID, Header: "s"}, "rest", []event.Header{header("s", "\x00\x00\x00\x00\x00\x00\x00\x2a")}, "contentId 42", ""},
		"a GUID":                  {Settings{Form: Header, Number: GUID}, "rest", []event.Header{header("__value_schema_id", "\x01"+guid)}, "guid 74f24b72-d2c5-4b03-b17c-d54f18a2e683", ""},
		"an id in a header":       {Settings{Form: Header, Number: ID}, "rest", []event.Header{header("__value_schema_id", "\x00\x00\x00\x00\x2a")}, "id 42", ""},
		"a GUID read as an id":    {Settings{Form: Header, Number: ID}, "rest", []event.Header{header("__value_schema_id", "\x01"+guid)}, "", "set number"},
		"an id read as a GUID":    {Settings{Form: Header, Number: GUID}, "rest", []event.Header{header("__value_schema_id", "\x00\x00\x00\x00\x2a")}, "", "set number"},
		"a short GUID":            {Settings{Form: Header, Number: GUID}, "rest", []event.Header{header("__value_schema_id", "\x01"+guid[1:])}, "", "16 bytes"},
		"no header":               {Settings{Form: Header, Number: ContentID}, "\x00\x00\x00\x00\x2arest", nil, "", "no header apicurio.value.contentId"},
		"a header that is null":   {Settings{Form: Header, Number: ContentID}, "rest", []event.Header{header("apicurio.value.contentId", "null")}, "", "no header"},
		"an empty header":         {Settings{Form: Header, Number: GUID}, "rest", []event.Header{header("__value_schema_id", "")}, "", "16 bytes"},
		"nine bytes":              {Settings{Form: Header, Number: ContentID}, "rest", []event.Header{header("apicurio.value.contentId", "\x00\x00\x00\x00\x00\x00\x00\x00\x2a")}, "", "8 bytes"},
		"zero in a header":        {Settings{Form: Header, Number: ContentID}, "rest", []event.Header{header("apicurio.value.contentId", "\x00\x00\x00\x00\x00\x00\x00\x00")}, "", "set form"},
	} {
		l, wrong := c.settings.locate([]byte(c.value), c.headers)
		if (wrong == "") != (c.id != "") || !strings.Contains(wrong, c.says) || wrong == "" && (l.id.String() != c.id || !bytes.Equal(l.value, []byte("rest"))) {
			t.Errorf("%s: %s %q, %s", name, l.id, l.value, wrong)
		}
	}
}
