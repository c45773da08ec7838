package fit

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/clvstream/clvstream/clv/model"
)

// simulate is a shop of the given model in weeks, seen for up to two years to a
// hundredth of a week: customers come at random over the time.
func simulate(tb testing.TB, customers int, m string, theta [most]float64, seed uint64) *Sample {
	tb.Helper()
	rng := rand.New(rand.NewPCG(seed, seed))
	s := NewSample(model.UnitWeek)
	for range customers {
		age := math.Ceil(104*100*rng.Float64()) / 100
		x, recency := buy(rng, m, theta, age)
		one, err := model.NewSummary(x, model.UnitWeek.Span(recency), model.UnitWeek.Span(age))
		if err != nil {
			tb.Fatal(err)
		}
		if err := s.Add(one, 1); err != nil {
			tb.Fatal(err)
		}
	}
	return s
}

// buy is one customer's purchases up to an age, by the story of the model.
func buy(rng *rand.Rand, model string, theta [most]float64, age float64) (x int, recency float64) {
	rate := gammaDraw(rng, theta[0]) / theta[1]
	end, lose := age, 0.0
	switch model {
	case "paretonbd":
		end = math.Min(age, rng.ExpFloat64()/(gammaDraw(rng, theta[2])/theta[3]))
	case "bgnbd", "mbgnbd":
		a, b := gammaDraw(rng, theta[2]), gammaDraw(rng, theta[3])
		lose = a / (a + b)
	}
	if model == "mbgnbd" && rng.Float64() < lose {
		return 0, 0
	}
	for {
		next := recency + rng.ExpFloat64()/rate
		if next > end {
			return x, recency
		}
		x, recency = x+1, next
		if lose > 0 && rng.Float64() < lose {
			return x, recency
		}
	}
}

// gammaDraw is Gamma(shape, 1) by Marsaglia and Tsang's method.
func gammaDraw(rng *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gammaDraw(rng, shape+1) * math.Pow(1-rng.Float64(), 1/shape)
	}
	d := shape - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		normal := rng.NormFloat64()
		v := (1 + c*normal) * (1 + c*normal) * (1 + c*normal)
		if v > 0 && math.Log(1-rng.Float64()) < normal*normal/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func BenchmarkFit(b *testing.B) {
	for _, file := range []string{"CDNOW_sample.txt", "CDNOW_master.txt"} {
		customers := readCDNOW(b, file)
		c := summarise(b, customers)
		for name, f := range map[string]fitting{"bgnbd": BGNBD, "mbgnbd": MBGNBD, "paretonbd": ParetoNBD, "nbd": NBD} {
			b.Run(file+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if _, err := f(c.Sample, Options{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
