package modelfile

import (
	"fmt"
	"reflect"
)

// Supersedes says whether the file takes the place of another text of the same version. Both
// value every customer alike, so that this never changes a value; what they say beside it,
// such as how sure the parameters are, may differ. The newer text is taken unless it lacks
// a covariance that the other has. An error says that the other values customers otherwise,
// or cannot be read.
func (f *File) Supersedes(stored []byte) (bool, error) {
	other, err := Parse(stored)
	if err != nil {
		return false, fmt.Errorf("compare it with what is stored under its version: %w", err)
	}
	if !f.valuesAs(other) {
		return false, fmt.Errorf("version %s is that of a file with other parameters or terms, which stays as it is: change a parameter in its last digit", f.Version())
	}
	lacks := len(f.Parameters.LogCovariance) < len(other.Parameters.LogCovariance) || len(f.Spend.LogCovariance) < len(other.Spend.LogCovariance)
	return !lacks, nil
}

// valuesAs says whether two files value every customer alike.
func (f *File) valuesAs(other *File) bool {
	return f.Model == other.Model && f.Unit == other.Unit && f.Currency == other.Currency && f.PeriodUnits == other.PeriodUnits &&
		f.HorizonDays == other.HorizonDays && f.AnnualDiscount == other.AnnualDiscount && f.MarginRatio == other.MarginRatio &&
		reflect.DeepEqual(f.Parameters.Values, other.Parameters.Values) && reflect.DeepEqual(f.Spend.Values, other.Spend.Values)
}
