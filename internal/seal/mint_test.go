// Attack B12: guess a value, or learn something from many.

package seal_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/symbolon-auth/symbolon/internal/seal"
)

const minted = 100_000

// sigmas is how far from the expected a statistic may be: once in a billion by
// chance.
const sigmas = 6

func TestMintedValuesTellNothing(t *testing.T) {
	ring := newRing(t, newSecret, oldSecret)
	logins, codes := seal.NewLogins(ring), seal.NewCodes(ring)
	later := func(i int) time.Time { return noon.Add(time.Duration(i) * time.Millisecond) }
	for _, test := range []struct {
		name, prefix string
		mint         func(i int) string
	}{
		{"login_request_id, same time", "lri_", func(int) string { return logins.RequestID(seal.NewLogin(), noon, conn) }},
		{"login_request_id, one a millisecond", "lri_", func(i int) string { return logins.RequestID(seal.NewLogin(), later(i), conn) }},
		{"state, same time", "", func(int) string { return logins.State(seal.NewLogin(), noon, conn) }},
		{"state, one a millisecond", "", func(i int) string { return logins.State(seal.NewLogin(), later(i), conn) }},
		{"login_verifier", "", func(int) string { return logins.Verifier(seal.NewLogin(), conn) }},
		{"attempt id", "req_", func(int) string { return logins.AttemptID(seal.NewLogin()) }},
		{"flow id", "", func(int) string { return logins.FlowID(seal.NewLogin()) }},
		{"code", "syc_", func(int) string { code, _ := codes.New(epoch, client); return code }},
		{"random id", "grt_", func(int) string { return seal.RandomID("grt_") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			values := mint(t, test.prefix, test.mint)
			order := make([]float64, minted)
			for i := range order {
				order[i] = float64(i)
			}
			for position := range values[0] {
				column := columnOf(t, values, position)
				checkUniform(t, column, position, symbols(len(values[0]), position))
				checkNoOrder(t, order, column, position)
			}
		})
	}
}

// mint gives the values without their prefix: all different, all of one length.
func mint(t *testing.T, prefix string, next func(int) string) []string {
	values, seen := make([]string, minted), make(map[string]bool, minted)
	for i := range values {
		value := next(i)
		bare, ok := strings.CutPrefix(value, prefix)
		if !ok || seen[value] || i > 0 && len(bare) != len(values[0]) {
			t.Fatalf("value %d is %q: twice, of another length or without %q", i, value, prefix)
		}
		values[i], seen[value] = bare, true
	}
	return values
}

// columnOf gives the digits that the values have at one position.
func columnOf(t *testing.T, values []string, position int) []float64 {
	column := make([]float64, len(values))
	for i, value := range values {
		digit := strings.IndexByte(alphabet, value[position])
		if digit < 0 {
			t.Fatalf("%q is not in the alphabet", value[position])
		}
		column[i] = float64(digit)
	}
	return column
}

// symbols is how many characters can stand at a position: 64, but fewer at the
// end, where bits stay unused.
func symbols(length, position int) int {
	if position < length-1 {
		return 64
	}
	return 64 >> (length * 6 % 8)
}

// checkUniform is a chi-squared test, made normal by Wilson and Hilferty's cube
// root.
func checkUniform(t *testing.T, column []float64, position, symbols int) {
	var counts [64]float64
	for _, digit := range column {
		counts[int(digit)]++
	}
	expected, chi2, used := float64(len(column))/float64(symbols), 0.0, 0
	for _, n := range counts {
		if n > 0 {
			used++
			chi2 += (n - expected) * (n - expected) / expected
		}
	}
	df := float64(symbols - 1)
	z := (math.Cbrt(chi2/df) - (1 - 2/(9*df))) / math.Sqrt(2/(9*df))
	if used != symbols || math.Abs(z) > sigmas {
		t.Errorf("position %d: %d of %d symbols, chi² %.1f is %.1f sigmas off", position, used, symbols, chi2, z)
	}
}

// checkNoOrder looks for a correlation with the order of minting (which is also
// that of time) and with the value before.
func checkNoOrder(t *testing.T, order, column []float64, position int) {
	limit := sigmas / math.Sqrt(float64(len(column)))
	if r := correlation(order, column); math.Abs(r) > limit {
		t.Errorf("position %d: correlation %.4f with order and time", position, r)
	}
	if r := correlation(column[1:], column[:len(column)-1]); math.Abs(r) > limit {
		t.Errorf("position %d: correlation %.4f with the value before", position, r)
	}
}

// correlation is Pearson's.
func correlation(x, y []float64) float64 {
	var sumX, sumY, xy, xx, yy float64
	for i := range x {
		sumX, sumY = sumX+x[i], sumY+y[i]
	}
	meanX, meanY := sumX/float64(len(x)), sumY/float64(len(y))
	for i := range x {
		dx, dy := x[i]-meanX, y[i]-meanY
		xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
	}
	return xy / math.Sqrt(xx*yy)
}
