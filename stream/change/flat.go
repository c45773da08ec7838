package change

import "github.com/clvstream/clvstream/clv"

// FlatEventType is the CloudEvents type of a change whose fields all stand beside each other.
const FlatEventType = "io.clvstream.clv.changed.flat.v1"

// AppendFlat appends a change as flat JSON: every field of the table, always and by its
// FlatName, and null where Append has null, no field or no object.
func (r *Renderer) AppendFlat(dst []byte, c *clv.Change) []byte {
	r.data.Change = c
	from := len(dst)
	for i := range table {
		object := &table[i]
		there := object.There(&r.data)
		for j := range object.Fields {
			f := &object.Fields[j]
			dst = append(dst, f.flat...)
			if there && (f.known == nil || f.known(&r.data)) {
				dst = r.value(dst, f)
			} else {
				dst = append(dst, "null"...)
			}
		}
	}
	dst[from] = '{' // in place of the first comma
	return append(dst, '}')
}
