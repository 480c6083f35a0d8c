// Package brand makes what an MCP server's operator may put on the consent page fit to
// be shown there: a logo that is drawn anew, and an accent colour that is legible.
//
//	accent.go   a colour and its stylesheet, for both themes
//	logo.go     an image of any kind becomes a small PNG of ours
//	remote.go   logos that are fetched from a URL, once
//	brand.go    the paths under which they are served
package brand
