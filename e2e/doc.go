// Package e2e tests Symbolon as the world meets it: the built binary behind real
// peers that nobody here wrote. They are Chromium, curl, the official Scalekit SDKs
// for Node and Python, the official MCP SDKs for TypeScript (both major versions), Python
// and Go, mcp-remote and FastMCP. The directories below have peers of their own: proxies and
// supervisors (deploy), databases that fail (durability), other servers (doctor).
//
// ./setup installs the peers; the binary is ../bin/symbolon, or the one that
// SYMBOLON_BIN names. A peer that is missing fails its tests: nothing is skipped.
package e2e
