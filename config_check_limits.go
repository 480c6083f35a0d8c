package symbolon

// Rules for who is believed about addresses, and what an address may ask for.

import (
	"github.com/symbolon-auth/symbolon/internal/httpx"
)

func (k *configCheck) trustedProxies() {
	for i, s := range k.cfg.TrustedProxies {
		if _, err := httpx.ParseProxy(s); err != nil {
			k.refuse(element("trusted_proxies", i), "%v", err)
		}
	}
	k.unique("trusted_proxies", k.cfg.TrustedProxies)
}

func (k *configCheck) limits() {
	all := k.cfg.Limits
	k.limit("limits.per_address", all.PerAddress)
	k.limit("limits.global", all.Global)
	if all.PerAddress.Rate > all.Global.Rate {
		k.refuse("limits.per_address.rate", "is %d, more than all addresses together get, which is %d; lower it, or raise limits.global.rate",
			all.PerAddress.Rate, all.Global.Rate)
	}
}

func (k *configCheck) limit(field string, l Limit) {
	for name, n := range map[string]int{field + ".rate": l.Rate, field + ".burst": l.Burst} {
		if n < 1 || n > maxRate {
			k.refuse(name, "is %d; it must be between 1 and %d", n, maxRate)
		}
	}
}
