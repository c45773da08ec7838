package dataset

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/clvstream/clvstream/clv/money"
)

// Limits of the wire.
const (
	maxIDBytes      = 256
	maxChannelBytes = 64
)

// field is one value of a row and where it stands. The text is valid as long as
// the row.
type field struct {
	text []byte
	place
}

// amount reads a decimal in major units, as CDNOW's files have it.
func (f field) amount(c money.Currency) (minor int64, err error) {
	minor, err = money.ParseMinor(string(f.text), c.Exponent())
	if errors.Is(err, money.ErrManyDigits) {
		return 0, f.refuse(tooFine, "the amount %s has more decimals than %s, which has %d", shown(f.text), c, c.Exponent())
	}
	if err != nil {
		return 0, f.refuse(badNumber, "the amount %s is %v", shown(f.text), err)
	}
	return minor, nil
}

// checkID refuses what the wire would. It does not show ids: they are people's.
func (f field) checkID(name string) error {
	switch {
	case len(f.text) == 0:
		return f.refuse(badID, "the %s is empty", name)
	case len(bytes.TrimSpace(f.text)) == 0:
		return f.refuse(badID, "the %s is nothing but blanks", name)
	case len(f.text) > maxIDBytes:
		return f.refuse(badID, "the %s has %d bytes: at most %d are allowed", name, len(f.text), maxIDBytes)
	case !utf8.Valid(f.text):
		return f.refuse(notUTF8, "the %s is not UTF-8", name)
	}
	return nil
}

// ids makes the strings of a row with few allocations.
type ids struct {
	prefix       string
	scratch      []byte
	lastCustomer string
	channels     map[string]string
}

func newIDs(opts Options) ids {
	return ids{prefix: idPrefix(opts), channels: map[string]string{}}
}

// made is the id that stands for the row at the line.
func (d *ids) made(line int) string {
	d.scratch = append(d.scratch[:0], d.prefix...)
	d.scratch = strconv.AppendInt(d.scratch, int64(line), 10)
	return string(d.scratch)
}

// customer shares one string among consecutive rows of a customer, as in files
// sorted by customer.
func (d *ids) customer(f field) (string, error) {
	if err := f.checkID("customer id"); err != nil {
		return "", err
	}
	if string(f.text) != d.lastCustomer {
		d.lastCustomer = string(f.text)
	}
	return d.lastCustomer, nil
}

const maxSharedChannels = 1024 // a shop has tens; more is a wrong column

// channel shares one string among all rows of a channel.
func (d *ids) channel(f field) (string, error) {
	if shared, ok := d.channels[string(f.text)]; ok {
		return shared, nil
	}
	if len(f.text) > maxChannelBytes {
		return "", f.refuse(badField, "the channel has %d bytes: at most %d are allowed", len(f.text), maxChannelBytes)
	}
	if !utf8.Valid(f.text) {
		return "", f.refuse(notUTF8, "the channel is not UTF-8")
	}
	name := string(f.text)
	if len(d.channels) < maxSharedChannels {
		d.channels[name] = name
	}
	return name, nil
}
