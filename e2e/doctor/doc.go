// Package doctor tries "symbolon doctor" on servers that this project did not write:
// node-oidc-provider and the server parts of the official TypeScript MCP SDK, each
// healthy and in configurations that are known to be broken. They are installed by
// the script setup in this folder.
package doctor
