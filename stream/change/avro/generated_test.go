package avro

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the schemas anew")

// schemaPaths are the published schemas, by whether they are flat.
var schemaPaths = map[bool]string{false: "../../schema/clv.changed.avsc", true: "../../schema/clv.changed.flat.avsc"}

func TestGeneratedSchemas(t *testing.T) {
	for flat, path := range schemaPaths {
		want, err := Schema(flat)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(path, want, 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is out of date: run make generate (%v)", path, err)
		}
	}
}
