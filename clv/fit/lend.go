package fit

// Lend runs a number of independent tasks and returns when all are done; how
// many at a time is up to the lender. A nil Lend runs them one after another.
type Lend func(tasks int, run func(task int))

// blockRows is how many rows are one task: enough to outweigh handing it over.
const blockRows = 4096

// sum adds up f over blocks of rows, in their order whoever computed them.
func (l Lend) sum(rows int, f func(low, high int) derivatives) (total derivatives) {
	blocks := (rows + blockRows - 1) / blockRows
	parts := make([]derivatives, blocks)
	run := func(i int) { parts[i] = f(i*blockRows, min((i+1)*blockRows, rows)) }
	if l == nil || blocks < 2 {
		for i := range blocks {
			run(i)
		}
	} else {
		l(blocks, run)
	}
	for i := range parts {
		total.add(&parts[i])
	}
	return total
}
