package register

var (
	Compact = compact
	Expand  = expand
)
