// Package conformance runs the official MCP conformance suite, in its mode for
// authorization servers, against a server that this test starts. The suite is
// installed by the script setup in this folder.
package conformance
