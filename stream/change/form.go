package change

// Form is how a change is written.
type Form string

// The forms of a change.
const (
	JSON     Form = "json"      // at most two levels deep: what a Renderer appends
	Flat     Form = "flat"      // JSON with every field beside the others: see Renderer.AppendFlat
	Avro     Form = "avro"      // as JSON, in Avro's binary encoding: see package avro
	FlatAvro Form = "flat-avro" // as Flat, in Avro's binary encoding
)

// IsAvro says whether the form needs a schema registry.
func (f Form) IsAvro() bool { return f == Avro || f == FlatAvro }

// IsFlat says whether the form has no objects.
func (f Form) IsFlat() bool { return f == Flat || f == FlatAvro }

// ContentType is the form's media type.
func (f Form) ContentType() string {
	if f.IsAvro() {
		return "application/avro"
	}
	return "application/json"
}

// EventType is the CloudEvents type of a change in the form: that of the fields, however they
// are encoded.
func (f Form) EventType() string {
	if f.IsFlat() {
		return FlatEventType
	}
	return EventType
}
