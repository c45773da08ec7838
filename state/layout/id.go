package layout

import "encoding/binary"

// idForm says how the id of an order or of its event is stored: of those that it can be, the
// last.
type idForm byte

const (
	idWhole  idForm = iota // string
	idAlike                // likeness: an order's to the id before it, an event's to its order's
	idUUID                 // 16 bytes
	idNumber               // varint: by its number after that of the order, or event, before it

	// Of events only; nothing follows.
	idAsLast // made of its order's id as the last one that was stored as alike
	idSame   // its order's id

	idForms
)

// How many bits the forms of an order and of an event take.
const (
	orderIDBits = 2
	eventIDBits = 3
)

// storedID is how an id is stored.
type storedID struct {
	form       idForm
	difference int64 // of numbers
	likeness   likeness
}

// beside finds how an id is stored beside the one before it, and another that it may be like.
func (s *storedID) beside(id, before, other string) {
	var ok bool
	if s.difference, ok = numberAfter(id, before); ok {
		s.form = idNumber
	} else if isUUID(id) {
		s.form = idUUID
	} else if s.likeness, ok = likenessOf(id, other); ok {
		s.form = idAlike
	} else {
		s.form = idWhole
	}
}

// ofEvent finds how the id of an order's event is stored.
func (s *storedID) ofEvent(id, orderID string, n *neighbour) {
	switch {
	case id == orderID:
		s.form = idSame
	case n.likeness.makes(id, orderID):
		s.form = idAsLast
	default:
		s.beside(id, n.eventID, orderID)
	}
}

func (s *storedID) append(dst []byte, id string) []byte {
	switch s.form {
	case idNumber:
		return binary.AppendVarint(dst, s.difference)
	case idUUID:
		return appendUUID(dst, id)
	case idAlike:
		return appendLikeness(dst, &s.likeness)
	case idWhole:
		return appendString(dst, id)
	default:
		return dst
	}
}

// orderID reads an order's id; so many more may follow.
func (r *reader) orderID(f idForm, before string, more int) string {
	id := r.idBeside(f, before, before, more)
	if f == idNumber {
		return id
	}
	var s storedID
	if s.beside(id, before, before); s.form != f {
		r.fail(errForeign)
	}
	return id
}

func (r *reader) idBeside(f idForm, before, other string, more int) string {
	switch f {
	case idNumber:
		return r.numbered(before, more)
	case idUUID:
		return r.uuid(more)
	case idAlike:
		return r.alike(other, more)
	default:
		return r.string()
	}
}

// orderEventID reads the id of an order's event; so many more ids may follow.
func (r *reader) orderEventID(f idForm, orderID string, n *neighbour, more int) (id string) {
	switch {
	case f >= idForms:
		r.fail(newer("form of an id", byte(f)))
		return ""
	case f == idSame:
		return orderID
	case f == idAsLast:
		if id = r.makeAlike(orderID, &n.likeness, more); id == orderID {
			r.fail(errForeign)
		}
		return id
	}
	id = r.idBeside(f, n.eventID, orderID, more)
	var s storedID
	if s.ofEvent(id, orderID, n); s.form != f {
		r.fail(errForeign)
	}
	return id
}
