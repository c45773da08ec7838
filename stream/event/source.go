package event

import (
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event/recognise"
)

// advise adds to a refusal which known source the record is of, and what to do. Only what
// is no event of ours at all is looked at: where an amount or a time is wrong, that is it.
func advise(refused *history.Refusal, data []byte, headers []Header) {
	var advice string
	switch refused.Reason {
	case history.Undecodable:
		advice = recognise.Undecodable(Recognisable(data, headers))
	case history.MissingField, history.BadField, history.UnknownType:
		advice = recognise.Object(Recognisable(data, headers))
	}
	if advice != "" {
		refused.Detail += ": " + advice
	}
}

// Recognisable is a record as package recognise looks at it.
func Recognisable(data []byte, headers []Header) *recognise.Record {
	r := &recognise.Record{Data: data}
	for i := range headers {
		r.Headers = append(r.Headers, string(headers[i].Key))
	}
	return r
}
