package attempt

// What may refuse at any step.

var generalReasons = []Reason{
	{
		"origin_not_base_url", "",
		"The request came to an address that is not base_url.",
		"Set `base_url` to the address that browsers and clients use, scheme and port included.",
		invalidRequest,
	},
	{
		"store_unavailable", "",
		"The database could not be read or written, so nothing was promised.",
		"See the server's log for the database error; check disk space, permissions and, on PostgreSQL, the connection. The request may be repeated.",
		"temporarily_unavailable",
	},
	{
		"catalog_stale", "",
		"The configuration could not be confirmed for more than a second, so the server refuses rather than trust an old one.",
		"Check the database connection and its latency; /readyz says when the server has caught up. The request may be repeated.",
		"temporarily_unavailable",
	},
	{
		"overloaded", "",
		"As many requests of this kind were under way as the server carries at once, so it refused one more rather than slow down all.",
		"Look for a slow database or a flood of requests in the metrics; where the load is honest, give the server more processors, or on PostgreSQL more nodes. The request may be repeated.",
		"temporarily_unavailable",
	},
	{
		"internal", "",
		"The server made a mistake of its own.",
		"Find the attempt id in the server's log, and report it with the version that `symbolon version` prints.",
		"server_error",
	},
}
