package dataset

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// The fields of a CSV row, as Columns names them.
const (
	customerField = iota
	timeField
	amountField
	quantityField
	priceField
	itemField
	orderField
	currencyField
	channelField
	kindField
	eventField
	refundField
	marginField
	fieldCount
)

// csvFields are the names that columns are chosen by, and the header names that stand for
// them when nothing is chosen, without case, blanks and punctuation: the product's own, most
// telling first, and those that shops, banks and published data use. Of these a header may
// have one for each field, unless it has an own one.
var csvFields = [fieldCount]struct{ name, own, usual string }{
	customerField: {"customer", "customer customerid", "custid custno cust customerno customernumber customernum customerkey customercode customerref clientid client " +
		"userid user accountid buyer buyerid memberid shopperid customeremail email emailaddress"},
	timeField: {"time", "time occurredat timestamp ts date", "datetime orderdate orderdatetime ordertime ordertimestamp orderedat orderpurchasetimestamp invoicedate invoicedatetime " +
		"purchasedate purchasedat purchasetime transactiondate transactiontime transactiondatetime saledate salesdate createdat createddate placedat processedat paidat"},
	amountField: {"amount", "amount", "total sales revenue ordertotal orderamount ordervalue totalamount totalprice totalsales grandtotal amountpaid linetotal lineamount " +
		"netamount netsales netrevenue grossamount grossrevenue salesamount saleamount paymentamount paymentvalue transactionamount invoiceamount invoicetotal turnover spend dollarvalue value"},
	quantityField: {"quantity", "quantity", "qty units unitssold quantityordered orderquantity lineitemquantity itemquantity"},
	priceField:    {"price", "price", "unitprice itemprice priceeach priceperunit lineitemprice sellingprice saleprice"},
	itemField:     {"item", "item itemid", "stockcode sku lineitemsku productid productcode productsku product itemcode article articleid articleno asin ean upc"},
	orderField: {"order", "order orderid", "orderno ordernumber ordernum orderref ordername invoice invoiceno invoiceid invoicenumber invoicenum transactionid transactionno " +
		"transaction receiptid receiptno receipt basketid billno salesorder salesordernumber"},
	currencyField: {"currency", "currency", "currencycode ordercurrency ccy"},
	channelField:  {"channel", "channel", "saleschannel orderchannel"},
	kindField:     {"kind", "kind type", "eventtype"},
	eventField:    {"event", "event eventid", ""},
	refundField:   {"refund", "refund refundid", ""},
	marginField:   {"margin", "margin", ""},
}

// bareName is a header without case, blanks and punctuation.
func bareName(header string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, header)
}

// recognise finds the columns by their names.
func recognise(header []string) (positions, error) {
	bare := make([]string, len(header))
	for i, h := range header {
		bare[i] = bareName(h)
	}
	var at positions
	var open []string // what the names leave open
	for i, f := range csvFields {
		var err error
		if at[i], err = ownColumn(header, bare, strings.Fields(f.own)); err != nil {
			return at, err
		}
		if at[i] >= 0 {
			continue
		}
		usual := strings.Fields(f.usual)
		for column, name := range bare {
			switch {
			case name == "" || !slices.Contains(usual, name):
			case at[i] < 0:
				at[i] = column
			default:
				open = append(open, fmt.Sprintf("%q and %q may both be the %s", header[at[i]], header[column], f.name))
			}
		}
	}
	if len(open) > 0 {
		return at, fmt.Errorf("%s: choose one, as with %s; the header has %s", strings.Join(open, ", "), at.columnsFlag(header), strings.Join(header, ", "))
	}
	return at, nil
}

// ownColumn is the column with the first of the names, or −1.
func ownColumn(header, bare, names []string) (int, error) {
	for _, name := range names {
		if i := slices.Index(bare, name); i >= 0 {
			if slices.Contains(bare[i+1:], name) {
				return -1, twice(header[i])
			}
			return i, nil
		}
	}
	return -1, nil
}

// otherwise names what files without orders are for.
func otherwise(header []string) string {
	bare := make([]string, len(header))
	for i, h := range header {
		bare[i] = bareName(h)
	}
	switch {
	case slices.Contains(bare, "frequency") && slices.Contains(bare, "recency") || slices.Contains(bare, "tx") && slices.Contains(bare, "x"):
		return ". It sums customers up (frequency, recency) and has no orders: bring the file of orders that it was made from"
	case len(header) <= 3 && slices.ContainsFunc(bare, func(name string) bool { return slices.Contains(periods, name) }):
		return ". If it tells how many customers of a cohort are left after each period, use \"clvstream fit --format survival\""
	}
	return ""
}

// periods are what files of a cohort's survival number their rows by.
var periods = []string{"period", "year", "month", "week", "renewal"}
