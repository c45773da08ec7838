package dataset

import (
	"os"
	"strings"
	"testing"
)

// The documentation lists every name that a column is known by, and no name is of two fields.
func TestDocumentationListsHeaders(t *testing.T) {
	text, err := os.ReadFile("../../docs/import.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, f := range csvFields {
		for _, names := range []string{f.own, f.usual} {
			if !strings.Contains(string(text), "| "+names+" |") && names != "" {
				t.Errorf("docs/import.md does not list for %s: %s", f.name, names)
			}
			for name := range strings.FieldsSeq(names) {
				if seen[name] != "" || name != bareName(name) {
					t.Errorf("%s is of %s and of %s", name, seen[name], f.name)
				}
				seen[name] = f.name
			}
		}
	}
}

// Headers as shops, banks and published data have them.
func TestHeadersOfRealFiles(t *testing.T) {
	for header, want := range map[string]string{
		"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country": "customer=CustomerID,time=InvoiceDate,quantity=Quantity,price=UnitPrice,item=StockCode,order=InvoiceNo",
		"Row ID,Order ID,Order Date,Ship Date,Customer ID,Customer Name,Product ID,Sales":   "customer=Customer ID,time=Order Date,amount=Sales,item=Product ID,order=Order ID",
		"Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID":                          "customer=Customer ID,time=InvoiceDate,quantity=Quantity,price=Price,item=StockCode,order=Invoice",
		"ORDERNUMBER,QUANTITYORDERED,PRICEEACH,SALES,ORDERDATE,CUSTOMER_ID":                 "customer=CUSTOMER_ID,time=ORDERDATE,amount=SALES,quantity=QUANTITYORDERED,price=PRICEEACH,order=ORDERNUMBER",
		"transaction_id;transaction_date;client-id;Total Amount;Currency Code":              "customer=client-id,time=transaction_date,amount=Total Amount,order=transaction_id,currency=Currency Code",
	} {
		at, err := recognise(strings.FieldsFunc(header, func(r rune) bool { return r == ',' || r == ';' }))
		names := strings.FieldsFunc(header, func(r rune) bool { return r == ',' || r == ';' })
		var got []string
		for i, column := range at {
			if column >= 0 {
				got = append(got, csvFields[i].name+"="+names[column])
			}
		}
		if err != nil || strings.Join(got, ",") != want {
			t.Errorf("got  %s, %v\nwant %s", strings.Join(got, ","), err, want)
		}
	}
}
