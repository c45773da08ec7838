package avro

import "bytes"

// seenKeys tells whether a key of a map came before. Most maps are small.
type seenKeys struct {
	few  [][]byte
	many map[string]bool
}

const fewKeys = 16

func (s *seenKeys) again(key []byte) bool {
	if s.many != nil {
		twice := s.many[string(key)]
		s.many[string(key)] = true
		return twice
	}
	for _, k := range s.few {
		if bytes.Equal(k, key) {
			return true
		}
	}
	if s.few = append(s.few, key); len(s.few) > fewKeys {
		s.many = make(map[string]bool, 2*fewKeys)
		for _, k := range s.few {
			s.many[string(k)] = true
		}
	}
	return false
}
