package dataset

// NamesOrders is true where order ids are the file's own, and may therefore come
// again; otherwise they are made from the lines.
func (r *Reader) NamesOrders() bool {
	switch p := r.parser.(type) {
	case *csvParser:
		return p.has(orderField)
	case *jsonlParser:
		return true
	default:
		return false
	}
}
