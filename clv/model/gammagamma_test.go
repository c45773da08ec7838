package model

import "testing"

// E[M | x, m] at the parameters published for CDNOW, derived in 12 digits.
func TestGammaGammaExpectedSpend(t *testing.T) {
	near(t, "population mean", cdnowSpend.PopulationMean(), 35.218978102, 1e-10)
	near(t, "x = 2, m = 22.35", cdnowSpend.Expected(2, 22.35), 24.663713911, 1e-10)
	near(t, "x = 1, m = 11.77", cdnowSpend.Expected(1, 11.77), 18.9168520578, 1e-11)
	near(t, "x = 7, m = 73.74", cdnowSpend.Expected(7, 73.74), 71.4696708970, 1e-11)
}

func TestGammaGammaLeansOnWhatItHasSeen(t *testing.T) {
	near(t, "after many purchases", cdnowSpend.Expected(100_000, 80), 80, 1e-4)
	near(t, "negative means count as nothing", cdnowSpend.Expected(2, -5), cdnowSpend.Expected(2, 0), 0)
}
