package registry

import (
	"errors"
	"fmt"

	"github.com/clvstream/clvstream/stream/mapping"
)

// ErrNotConfigured is of mappings that name a schema registry where none is configured.
var ErrNotConfigured = errors.New("its values were written through a schema registry, and none is configured: set registry.url")

// SettingsOf are a mapping's, by the words of its file.
func SettingsOf(words map[string]string) (Settings, error) {
	s := Settings{
		Form: Form(words["form"]), Number: Number(words["number"]), Header: words["header"],
		Protobuf: ProtobufForm(words["protobuf"]), Message: words["message"], Avro: AvroEncoding(words["avro"]),
	}
	return s, s.Validate()
}

// Check says what is wrong with how a mapping says that its values are written.
func Check(m *mapping.Mapping) error {
	if m.Written() == nil {
		return nil
	}
	if _, err := SettingsOf(m.Written()); err != nil {
		return fmt.Errorf("mapping %s: registry: %w", m.Name, err)
	}
	return nil
}

// Connect gives mappings readers of their values, up to limit bytes. schemas is nil where no
// registry is configured: then a mapping that needs one is an error.
func Connect(mappings []*mapping.Mapping, schemas *Schemas, limit int) error {
	for _, m := range mappings {
		if m.Written() == nil {
			continue
		}
		settings, err := SettingsOf(m.Written())
		if err == nil && schemas == nil {
			err = ErrNotConfigured
		}
		if err != nil {
			return fmt.Errorf("mapping %s: %w", m.Name, err)
		}
		reader, err := NewReader(settings, schemas, limit)
		if err != nil {
			return fmt.Errorf("mapping %s: %w", m.Name, err)
		}
		m.ReadThrough(reader)
	}
	return nil
}
